// «УДАЛЕННОЕ ПОЛУЧЕНИЕ КЛЮЧА НА СМАРТ-КАРТУ»: the numbered steps of the bank's manual by its own words. A step's name begins with its number.
// The factory's PINs, step 6, are changed when the key is about to be made: after step 7.

const CONSENT = "consent yes";

const FORM = {
  "Фамилия": "Иванов",
  "Имя": "Иван",
  "Отчество (обязательно, если имеется)": "Иванович",
  "Наименование организации": "ООО Ро",
  "ИНН организации": "5009046312",
  "Город": "Москва",
  "Адрес": "ул. Тестовая, д. 1",
  "Телефон": "8493333544",
  "E-mail": "as@mail.ru",
};
const PERSON = Object.fromEntries(Object.entries(FORM).filter(([label]) => !label.includes("организации")));

// One attempt less than a new card has.
const WRONG = Array(9).fill("pin 0000-wrong");

// Of a card out of its box: the old PINs as the manual prints them, the user's new one; the administrator's is made and shown.
const NEW_PINS = ["new-pins user 12345678 PIN administrator 87654321 made", "made-pin yes"];

// What the operator reads on the application.
const SIGNED = {
  "ФИО, родительный падеж": "Иванова Ивана Ивановича",
  "ФИО, творительный падеж": "Ивановым Иваном Ивановичем",
};
const POWERS = { "Должность": "директор", "Основание полномочий, родительный падеж": "Устава" };

const ACT = "АКТ ПРИЕМА - ПЕРЕДАЧИ СЕРТИФИКАТА КЛЮЧА ПРОВЕРКИ ЭЛЕКТРОННОЙ ПОДПИСИ";

async function fill(walk, fields) {
  for (const [label, value] of Object.entries(fields)) await walk.fill(label, value);
}

// Of a paper; a word that is divided at the end of a line is put together again.
function says(paper, ...wanted) {
  const whole = (text) => text.replace(/\u00ad\s*/g, "").replace(/\s+/g, " ");
  for (const words of wanted) {
    if (!whole(paper).includes(whole(words))) throw new Error(`${words} is not in the paper: ${paper}`);
  }
}

// Before the steps: the computer is looked at. No PIN is asked for.
async function workplace(walk) {
  await walk.step("00-workplace", async () => {
    await walk.goto(`/ca/workplace?agentId=${walk.given.agent}`);
    await walk.see(
      "Настроить компьютер для работы в системе (корпоративные клиенты)",
      "Компонент безопасности на месте и отвечает через расширение браузера.",
    );
    walk.answer(CONSENT);
    await walk.press("Проверить", "button");
    await walk.see(
      "PIN-код пользователя заводской, его знают все.",
      "PIN-код администратора заводской, его знают все.",
      "осталось попыток: 10",
      "Часы компьютера идут верно.",
      "алгоритмы: ",
      "SD1-",
    );
  });
}

// Steps 1 to 4: the page and its words.
async function form(walk) {
  await walk.step("04-form", async () => {
    await walk.goto(`/ca/new-certificate?agentId=${walk.given.agent}`);
    await walk.see(
      "Информируем",
      'Подтверждение выдачи сертификата осуществляется ООО "ЭКСПОБАНК"',
      "Укажите место хранения сертификата",
      "Смарт-ключ (ГОСТ)",
      "Заполните анкету для получения сертификата",
      "Сертификат выдается физическому лицу",
      "Ваши контактные данные",
      "Россия",
      "Введите несколько первых букв, система предложит вам подходящие варианты",
      "Если Вашего города нет в списке, напишите в службу поддержки.",
      "Необязательное поле",
      "Внимание! Важно указать правильный адрес электронной почты: на него будет выслана ссылка для сохранения сертификата ключа, и далее будут поступать уведомления об истечении срока действия сертификата.",
    );
  });
}

// Steps 5 and 7: what was typed, and its Latin spelling.
async function confirm(walk, name, latin) {
  await walk.step(name, async () => {
    await walk.press("Подтвердить", "button");
    await walk.see(
      "Запрос на получение финансового сертификата (2 Класс)",
      "Проверьте написание Ваших данных латинскими буквами",
      "Следующие поля не используются при регистрации сертификата, но используются как дополнительная информация о Вас при подписи сертификата",
    );
    for (const [label, value] of Object.entries(latin)) {
      const spelled = await walk.page.getByLabel(label, { exact: true }).inputValue();
      if (spelled !== value) throw new Error(`${label}: ${spelled}, not ${value}`);
    }
  });
}

// Steps 6, 8 and 9: factory PINs are changed, the key is made on the card, the request is with the bank. Its number.
async function send(walk, pins) {
  await walk.step(pins === NEW_PINS ? "06-pins" : "08-pin", async () => {
    await walk.see("На вашу смарт-карту будет записана секретная часть ключей.");
    walk.answer(CONSENT, "medium 0", ...pins, "success yes");
    await walk.press("Отправить запрос", "button");
    if (pins === NEW_PINS) {
      // The window's labels are these: «Старый PIN-код пользователя: 12345678», «Старый PIN-код администратора: 87654321».
      await walk.untilAsked('printed: Some("12345678")');
      await walk.untilAsked('printed: Some("87654321")');
      await walk.untilAsked("made-pin: ");
    }
  });
  await walk.step("08-send", () => walk.see("Запрос принят"));
  let unz;
  await walk.step("09-accepted", async () => {
    ({ unz } = await walk.card());
    await walk.see(
      `Удостоверяющий Центр "Authority" принял Ваш запрос N ${unz} на выдачу сертификата "Класс 2".`,
      "В данный момент был создан только Ваш личный (секретный) ключ.",
      "Для использования сертификата Вам необходим еще и публичный ключ.",
      "Ссылка (URL) на страницу для получения сертификата будет отправлена Вам по электронной почте только после получения подтверждения Ваших данных от Агента Удостоверяющего центра.",
    );
  });
  return unz;
}

// Step 10: the application as it is printed.
async function application(walk, link, ...words) {
  await walk.step("10-application", async () => {
    says(
      await walk.openPaper(link),
      "Заявление на выдачу Сертификата ключа проверки электронной подписи",
      "Удостоверяющий центр «AUTHORITY» создать и выдать",
      "(Класс 2 Сертификата) с параметром Идентификатора владельца сертификата:",
      "Признаю, что получение документа, подписанного Электронной подписью Участника Системы «BeSafe» (далее - «Участник»), юридически эквивалентно получению документа на бумажном носителе",
      "Реквизиты Клиента:",
      "as@mail.ru",
      "принято Агентом Удостоверяющего центра/ Удостоверяющим центром:",
      ...words,
    );
  });
}

// The other side of step 10, in a tab of the bank's: the application is on the table.
async function registered(walk, unz) {
  await walk.step("10-desk-sign-in", async () => {
    await walk.signInAtDesk("/desk/requests");
    await walk.see("Запросы", unz);
  });
  await walk.step("10-desk-application", async () => {
    await walk.press(unz, "link");
    await registerApplication(walk);
    if (await walk.find("Одобрить", "button").count()) throw new Error("nobody is approved who is not on record");
  });
}

async function registerApplication(walk) {
  await walk.unfold("Зарегистрировать заявление");
  await walk.tick("Есть печать организации");
  await walk.press("Зарегистрировать заявление", "button");
  await walk.see("Заявление получено, данные проверяются");
}

async function approved(walk, fields) {
  await walk.step("10-desk-applicant", async () => {
    await walk.press("Заявитель", "link");
    await walk.see("Заявитель указал", "С бумажного заявления", "Сверьте данные с подписанным заявлением.");
    await fill(walk, fields);
  });
  await walk.step("10-desk-on-record", async () => {
    await walk.press("Внести в учёт", "button");
    await walk.see("Сверка", "Одобрить");
  });
  await walk.step("10-desk-approved", async () => {
    await walk.press("Одобрить", "button");
    await walk.see("Запрос одобрен");
    await walk.stage("issued");
    await walk.page.reload();
    await walk.see("Сертификат выпущен, ссылка отправлена");
  });
}

// Steps 11 and 12: the letter, and the page behind its link.
async function delivered(walk, unz, name) {
  await walk.step("11-letter", async () => {
    const letter = await walk.letter((text) => text.includes("code="));
    await walk.openLetter(letter);
    await walk.see("Вы можете получить сертификат по следующей ссылке:", "Вставьте смарт-карту в USB-порт.", unz);
  });
  await walk.step("12-delivery", async () => {
    const link = walk.page.locator('a[href*="code="]').first();
    await walk.activate(link, "the link of the letter");
    const { certificate } = await walk.card();
    await walk.see(
      "Сохранение сертификата",
      "Информация о вашем сертификате",
      `Имя сертификата ${name}`,
      "Удостоверяющий центр",
      "Серийный номер",
      certificate.serial_hex,
      `УНЗ ${unz}`,
      "Посмотреть и распечатать Акт приема-передачи",
      'Нажмите на кнопку "Сохранить сертификат".',
    );
    if (await walk.find("Подписать Акт приема-передачи", "button").count()) throw new Error("this act is signed by hand");
  });
}

// Steps 13 and 14.
async function act(walk, ...words) {
  await walk.step("13-act", async () => {
    const here = walk.page.url();
    const act = await walk.openPaper("Посмотреть и распечатать Акт приема-передачи");
    says(act, ACT, "Экземпляр 1 из 2", "Экземпляр 2 из 2", ...words);
    if (walk.page.url() !== here) await walk.page.goto(here);
  });
}

// Steps 15 and 16.
async function saved(walk) {
  await walk.step("16-pin", async () => {
    walk.answer(CONSENT, "pin PIN", "success yes");
    await walk.press("Сохранить сертификат", "button");
    await walk.untilAsked("attempts: Exactly(10)");
    await walk.see("Сертификат успешно сохранен");
  });
  await walk.step("16-saved", async () => {
    await walk.see(
      "Акт приема-передачи необходимо распечатать, подписать в 2-х экземплярах и передать в отделение Банка. После обработки Акта Вам будет предоставлен доступ.",
    );
    await walk.stage("proven");
    if (await walk.find("Войти", "link").count()) throw new Error("nobody signs in before the act is in");
  });
}

// Step 17 at the desk, with so many copies of the act.
async function receiveAct(walk, copies) {
  await walk.page.reload();
  await walk.unfold("Зарегистрировать акт");
  await walk.fill("Экземпляров", String(copies));
  await walk.press("Зарегистрировать акт", "button");
}

// The door of step 18.
async function knock(walk) {
  await walk.goto("/security");
  await walk.see("Вход по сертификату");
  walk.answer(CONSENT, "pin PIN", "signing yes");
  await walk.press("Войти", "button");
}

export const branches = {
  main: async (walk) => {
    await workplace(walk);
    await form(walk);
    const client = walk.page;
    await walk.step("04-city", async () => {
      await fill(walk, { ...FORM, "ИНН организации": "5009046313" });
      await walk.page.getByLabel("Город", { exact: true }).fill("");
      await walk.page.getByLabel("Город", { exact: true }).pressSequentially("Моск");
      await walk.page.locator('datalist option[value="Москва"]').waitFor({ state: "attached" });
      await walk.fill("Город", "Москвa");
    });
    await walk.step("05-refused", async () => {
      walk.expect(400);
      await walk.press("Подтвердить", "button");
      await walk.see("В ИНН ошибка: контрольные цифры не сходятся.", "Такого города в списке нет. Выберите город из предложенных.");
      const surname = await walk.page.getByLabel("Фамилия", { exact: true }).inputValue();
      if (surname !== "Иванов") throw new Error(`what was typed is lost: ${surname}`);
    });
    await walk.step("05-corrected", async () => {
      await fill(walk, { "ИНН организации": FORM["ИНН организации"], "Город": "Москва" });
    });
    await confirm(walk, "07-latin", {
      "Ваше полное имя (Ф.И.О.)": "Ivanov Ivan Ivanovich",
      "Наименование организации": "OOO Ro",
      "Город": "Moskva",
    });
    const unz = await send(walk, NEW_PINS);
    await walk.see(
      "Распечатать заявление на получение сертификата для юридических лиц:",
      "Данное заявление необходимо распечатать, подписать и поставить печать. Заявление необходимо передать в отделение ООО «Экспобанк», в котором Вы обслуживаетесь.",
    );
    await application(walk, "заявление для юридических лиц", "Прошу Удостоверяющий центр", "уполномоченному лицу организации ООО Ро (наименование организации)", "Иванов Иван Иванович", "8493333544");
    await registered(walk, unz);
    const desk = walk.page;
    await approved(walk, { ...SIGNED, ...POWERS });
    await delivered(walk, unz, "CN=Ivanov Ivan Ivanovich, O=OOO Ro, L=Moskva, C=RU");
    await act(walk, "Юридическое лицо ООО Ро", "Ивановым Иваном Ивановичем", unz);
    await saved(walk);
    await walk.step("17-no-access-yet", async () => {
      walk.page = client;
      walk.expect(401);
      await knock(walk);
      await walk.see("Сертификат ещё не введён в действие. Завершите его получение.");
    });
    await walk.step("17-one-copy", async () => {
      walk.page = desk;
      walk.expect(400);
      await receiveAct(walk, 1);
      await walk.see("Экземпляров");
      await walk.stage("proven");
    });
    await walk.step("17-both-copies", async () => {
      await walk.fill("Экземпляров", "2");
      await walk.press("Зарегистрировать акт", "button");
      await walk.see("Доступ предоставлен");
      await walk.stage("in-service");
    });
    await walk.step("18-letter", async () => {
      await walk.openLetter(await walk.letter((text) => text.includes("обработан")));
      await walk.see("Вам предоставлен доступ в «Банк-Клиент».", unz);
    });
    await walk.step("18-access", async () => {
      walk.page = client;
      await knock(walk);
      await walk.see("Безопасность", "Обновление сертификата");
      for (const link of await walk.page.locator("main a").all()) {
        const address = new URL(await link.getAttribute("href"), walk.page.url()).href;
        const status = (await walk.context.request.get(address)).status();
        if (status !== 200) throw new Error(`${await link.innerText()} leads nowhere: ${status}`);
      }
    });
  },

  // «Сертификат выдается физическому лицу»; and the PIN is wrong until one attempt is left.
  "natural-person": async (walk) => {
    await form(walk);
    await walk.step("04-natural-person", async () => {
      await walk.tick("Сертификат выдается физическому лицу");
      if (await walk.page.getByLabel("ИНН организации", { exact: true }).isVisible()) throw new Error("nobody's organisation is asked for");
      await fill(walk, PERSON);
    });
    await confirm(walk, "07-latin", { "Ваше полное имя (Ф.И.О.)": "Ivanov Ivan Ivanovich", "Город": "Moskva" });
    const unz = await send(walk, [...WRONG, "pin last PIN"]);
    await walk.see("Распечатать заявление на получение сертификата для физических лиц:");
    await application(walk, "заявление для физических лиц", "Я, Иванов Иван Иванович", "выдать мне как физическому лицу");
    await registered(walk, unz);
    await approved(walk, SIGNED);
    await delivered(walk, unz, "CN=Ivanov Ivan Ivanovich, L=Moskva, C=RU");
    await act(walk, 'Физическое лицо Иванов Иван Иванович, именуемое в дальнейшем "Клиент", с одной стороны', unz);
    await saved(walk);
  },

  // The signed application says another name than the request: the bank returns it with what to correct. In the end the PIN is wrong
  // until the card is locked.
  differs: async (walk) => {
    await form(walk);
    const client = walk.page;
    await walk.step("04-filled", () => fill(walk, { ...FORM, "Отчество (обязательно, если имеется)": "Петрович" }));
    await confirm(walk, "07-latin", { "Ваше полное имя (Ф.И.О.)": "Ivanov Ivan Petrovich" });
    const unz = await send(walk, NEW_PINS);
    await registered(walk, unz);
    const desk = walk.page;
    const fix = "Отчество: в заявлении Иванович, в запросе Петрович.";
    await walk.step("10-desk-returned", async () => {
      await walk.unfold("Вернуть на исправление");
      await walk.fill("Что исправить", fix);
      await walk.press("Вернуть на исправление", "button");
      await walk.see("Возвращён на исправление", fix);
    });
    await walk.step("10-letter", async () => {
      await walk.openLetter(await walk.letter((text) => text.includes("возвращает")));
      await walk.see(unz, fix);
    });
    await walk.step("10-returned", async () => {
      walk.page = client;
      await walk.goto("/ca/new-certificate/accepted");
      await walk.see("Возвращён на исправление", fix);
    });
    await walk.step("10-corrected", async () => {
      await walk.press("Изменить данные", "link");
      await walk.fill("Отчество (обязательно, если имеется)", "Иванович");
    });
    await confirm(walk, "10-latin", { "Ваше полное имя (Ф.И.О.)": "Ivanov Ivan Ivanovich" });
    await walk.step("10-sent-again", async () => {
      walk.answer(CONSENT, "medium 0", "pin PIN", "success yes");
      await walk.press("Отправить запрос", "button");
      await walk.see("Запрос принят", unz);
    });
    await application(walk, "заявление для юридических лиц", "Иванов Иван Иванович");
    await walk.step("10-desk-again", async () => {
      walk.page = desk;
      await walk.page.reload();
      await registerApplication(walk);
    });
    await approved(walk, { ...SIGNED, ...POWERS });
    await delivered(walk, unz, "CN=Ivanov Ivan Ivanovich, O=OOO Ro, L=Moskva, C=RU");
    await walk.step("16-locked", async () => {
      walk.answer(CONSENT, ...WRONG, "pin last 0000-wrong", "trouble close");
      await walk.press("Сохранить сертификат", "button");
      await walk.see("PIN-код смарт-ключа заблокирован.");
      await walk.untilAsked("attempts: Exactly(1)");
      await walk.stage("issued");
    });
  },
};
