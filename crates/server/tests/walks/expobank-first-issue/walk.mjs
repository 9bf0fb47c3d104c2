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

// An organisation that the bank knows, and its first signatory.
const COLLEAGUES = { inn: "5400000004", organisation: "ООО «ооо»", person: "Рогов Иван Петрович" };

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
    unz = (await walk.text()).match(/принял Ваш запрос N ([0-9a-f]{14}) /)?.[1];
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

async function atDesk(walk, unz, role) {
  await walk.step("10-desk-sign-in", async () => {
    await walk.signInAtDesk("/desk/requests", role);
    await walk.see("Запросы", unz);
    // While the queue has it.
    await walk.request();
  });
}

// The other side of step 10, in a tab of the bank's: the application is on the table of somebody of this role.
async function registered(walk, unz, role = "operator") {
  await atDesk(walk, unz, role);
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
  await onRecord(walk, fields);
  await decided(walk);
}

async function onRecord(walk, fields) {
  await walk.step("10-desk-applicant", async () => {
    await walk.press("Заявитель", "link");
    await walk.see("Заявитель указал", "С бумажного заявления", "Сверьте данные с подписанным заявлением.");
    await fill(walk, fields);
  });
  await walk.step("10-desk-on-record", async () => {
    await walk.press("Внести в учёт", "button");
    await walk.see("Сверка");
  });
}

async function decided(walk) {
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

async function bothCopies(walk) {
  await walk.step("17-both-copies", async () => {
    await receiveAct(walk, 2);
    await walk.see("Доступ предоставлен");
    await walk.stage("in-service");
  });
}

// A card of the branch goes to a person for a signature: the register has it, and a receipt is printed.
async function handedOut(walk, name, serial, fields) {
  await walk.step(name, async () => {
    await walk.page.goto(new URL("/desk/cards", walk.page.url()).href);
    await walk.press(serial, "link");
    await fill(walk, fields.lines);
    await walk.choose("Пол", "мужской");
    await walk.choose("Для подписи", fields.slot);
    await walk.press("Выдать", "button");
    await walk.see("На руках", fields.lines["ФИО получателя"], fields.slot, "Распечатайте расписку.");
  });
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

  // The signed application comes as a scan by «Обратная связь. Банк-клиент». Its number is mistyped: the code on the paper names the request.
  scan: async (walk) => {
    await form(walk);
    const client = walk.page;
    await walk.step("04-filled", () => fill(walk, FORM));
    await confirm(walk, "07-latin", { "Ваше полное имя (Ф.И.О.)": "Ivanov Ivan Ivanovich" });
    const unz = await send(walk, ["pin PIN"]);
    await application(walk, "заявление для юридических лиц", "Иванов Иван Иванович");
    await walk.step("10-feedback", async () => {
      const scan = walk.scanned();
      await walk.press("Направить сканированную копию заявления через раздел «Обратная связь». «Банк-клиент»", "link");
      await walk.see("Обратная связь. Банк-клиент", "В теме заявки на сканированную копию заявления необходимо указать: Заявление на выдачу сертификата.");
      const given = await walk.page.getByLabel("УНЗ", { exact: true }).inputValue();
      if (given !== unz) throw new Error(`the page asks about ${given}, not ${unz}`);
      await walk.choose("Тема заявки", "Заявление на выдачу сертификата");
      await fill(walk, { "УНЗ": unz.slice(0, -1) + (unz.endsWith("0") ? "1" : "0"), "Фамилия, имя и отчество": "Иванов Иван Иванович", "E-mail": "as@mail.ru" });
      await walk.page.getByLabel("Сканы документов").setInputFiles(scan);
    });
    await walk.step("10-feedback-sent", async () => {
      await walk.press("Отправить", "button");
      await walk.see("Обращение отправлено", "Банк получил ваше обращение.");
      if ((await walk.text()).includes(unz)) throw new Error("whoever writes learns nothing of requests");
    });
    await atDesk(walk, unz);
    await walk.step("10-desk-scan", async () => {
      await walk.press(unz, "link");
      // The worker reads the code; until then the request has no scan.
      await walk.until("the scan beside the request", async () => {
        await walk.page.reload();
        return (await walk.page.locator("figure.scan img").count()) > 0;
      });
      await walk.see("Скан из сообщения", "Обратная связь: Иванов Иван Иванович", "Обращение отнесено к запросу");
      const picture = walk.page.locator("figure.scan img");
      const width = await picture.evaluate((picture) => picture.naturalWidth);
      if (width < 1000) throw new Error(`the scan is ${width} pixels wide`);
    });
    await walk.step("10-desk-application", async () => {
      await walk.tick("Есть печать организации", walk.page.locator("section", { has: walk.page.locator("figure.scan") }).last());
      await walk.press("Зарегистрировать заявление с этим сканом", "button");
      await walk.see("Заявление получено, данные проверяются", "сайт");
    });
    await approved(walk, { ...SIGNED, ...POWERS });
    await walk.step("10-approved", async () => {
      await walk.turnTo(client);
      await walk.goto("/ca/new-certificate/accepted");
      await walk.see(unz, "Сертификат выпущен, ссылка отправлена");
    });
  },

  // Paper is handed in at the branch: its clerk registers the application and the copies of the act, and takes the applicant into the
  // record; the operator approves and does nothing else.
  branch: async (walk) => {
    await form(walk);
    await walk.step("04-filled", () => fill(walk, FORM));
    await confirm(walk, "07-latin", { "Ваше полное имя (Ф.И.О.)": "Ivanov Ivan Ivanovich" });
    const unz = await send(walk, ["pin PIN"]);
    await application(walk, "заявление для юридических лиц", "Иванов Иван Иванович");
    await walk.sitDownAt("branch");
    await registered(walk, unz, "branch-clerk");
    const clerk = walk.page;
    await onRecord(walk, { ...SIGNED, ...POWERS });
    await walk.step("10-clerk-decides-nothing", async () => {
      for (const words of ["Одобрить", "Отказать", "Вернуть на исправление"]) {
        const there = await walk.page.getByText(words, { exact: true }).count();
        if (there) throw new Error(`the branch must not decide: ${words}`);
      }
    });
    await walk.sitDownAt("bank");
    await walk.step("10-operator", async () => {
      await walk.signInAtDesk("/desk/requests");
      await walk.press(unz, "link");
      await walk.see("Есть", "Member branch-clerk", "Одобрить");
    });
    await decided(walk);
    await walk.sitDownAt("client");
    await delivered(walk, unz, "CN=Ivanov Ivan Ivanovich, O=OOO Ro, L=Moskva, C=RU");
    await act(walk, "Юридическое лицо ООО Ро", unz);
    await saved(walk);
    await walk.sitDownAt("branch");
    await walk.step("17-awaited", async () => {
      await walk.turnTo(clerk);
      await walk.page.goto(new URL("/desk/requests?show=paper", walk.page.url()).href);
      await walk.see("Ждём экземпляры Акта", unz);
      await walk.press(unz, "link");
    });
    await bothCopies(walk);
  },

  // «На каждую подпись предусмотрена отдельная смарт-карта»: the second signatory of an organisation puts the first one's card in, and is
  // told so; their own card, which the branch handed out too, gets the key.
  "second-signature": async (walk) => {
    const [old, own] = [walk.given.cards.old, walk.given.cards.new];
    const client = walk.page;
    await walk.sitDownAt("branch");
    await walk.step("00-clerk", async () => {
      await walk.signInAtDesk("/desk/cards/new", "branch-clerk");
      await fill(walk, { "Серийные номера": `${old}\n${own}`, "Модель": "Рутокен ЭЦП 2.0" });
      await walk.press("Принять в реестр", "button");
      await walk.see(old, own, "В отделении");
    });
    const clerk = walk.page;
    const place = { "Город отделения": "Новосибирск", "Отделение": "Отделение № 1" };
    await handedOut(walk, "00-first-card", old, { lines: { "ИНН": COLLEAGUES.inn, "ФИО получателя": COLLEAGUES.person, ...place }, slot: "первая подпись" });
    await handedOut(walk, "00-second-card", own, { lines: { "ИНН": COLLEAGUES.inn, "ФИО получателя": "Иванов Иван Иванович", ...place }, slot: "вторая подпись" });
    await walk.sitDownAt("client");
    await walk.turnTo(client);
    await form(walk);
    await walk.step("04-filled", () => fill(walk, { ...FORM, "Наименование организации": COLLEAGUES.organisation, "ИНН организации": COLLEAGUES.inn }));
    await confirm(walk, "07-latin", { "Ваше полное имя (Ф.И.О.)": "Ivanov Ivan Ivanovich" });
    await walk.step("08-anothers-card", async () => {
      walk.answer(CONSENT, "medium 0", "trouble close");
      await walk.press("Отправить запрос", "button");
      await walk.see("Этот смарт-ключ не подходит: на нём ключ другого человека. Вставьте свой или чистый и повторите.", "medium-other");
      if ((await walk.text()).includes("Запрос принят")) throw new Error("a card of another signature got a key");
    });
    walk.insert("new");
    const unz = await send(walk, ["pin PIN"]);
    await registered(walk, unz);
    const desk = walk.page;
    await onRecord(walk, { ...SIGNED, "Должность": "главный бухгалтер", "Основание полномочий, родительный падеж": "приказа № 2" });
    await walk.see(`Смарт-карта нового ключа ${own} Выдана этому лицу: вторая подпись`);
    await decided(walk);
    await delivered(walk, unz, "CN=Ivanov Ivan Ivanovich, O=OOO \\\"ooo\\\", L=Moskva, C=RU");
    await saved(walk);
    await walk.turnTo(desk);
    await bothCopies(walk);
    await walk.sitDownAt("branch");
    await walk.step("18-register", async () => {
      await walk.turnTo(clerk);
      await walk.page.goto(new URL("/desk/cards", walk.page.url()).href);
      await walk.see(old, COLLEAGUES.person, "первая подпись", own, "Иванов Иван Иванович", "вторая подпись");
    });
  },

  // A client who has no key any more comes by the public door: the desk finds them in the record, and they are told nothing of it.
  "of-record": async (walk) => {
    await form(walk);
    const client = walk.page;
    await walk.step("04-filled", () =>
      fill(walk, { ...FORM, "Фамилия": "Рогов", "Отчество (обязательно, если имеется)": "Петрович", "Наименование организации": COLLEAGUES.organisation, "ИНН организации": COLLEAGUES.inn }),
    );
    await confirm(walk, "07-latin", { "Ваше полное имя (Ф.И.О.)": "Rogov Ivan Petrovich" });
    const unz = await send(walk, ["pin PIN"]);
    await registered(walk, unz);
    const desk = walk.page;
    await walk.step("10-desk-found", async () => {
      await walk.press("Заявитель", "link");
      await walk.see("В учёте банка есть человек с таким именем", "ФИО Рогов Иван Петрович Рогов Иван Петрович совпадает", "ИНН 5400000004 5400000004 совпадает", "Электронная почта as@mail.ru rogov@example.org отличается");
    });
    await walk.step("10-desk-not-unsaid", async () => {
      walk.expect(400);
      await fill(walk, { "ФИО, родительный падеж": "Рогова Ивана Петровича", "ФИО, творительный падеж": "Роговым Иваном Петровичем", ...POWERS });
      await walk.press("Внести в учёт", "button");
      await walk.see("Укажите причину");
    });
    await walk.step("10-desk-bound", async () => {
      await walk.press("Это тот же человек", "button");
      await walk.see("Запрос отнесён к человеку из учёта банка", "Полномочия – директор, Устава отсутствует", "Электронная почта as@mail.ru rogov@example.org отличается");
    });
    await walk.step("10-client", async () => {
      await walk.turnTo(client);
      await walk.page.reload();
      await walk.see(unz, "Заявление получено, данные проверяются");
      const told = await walk.text();
      if (/rogov@example\.org|учёт/.test(told)) throw new Error(`whoever applies learns that they are known: ${told}`);
    });
    await walk.turnTo(desk);
    await decided(walk);
  },

  // The knob `email_confirmation = "link"`: the desk has the request after the button behind the letter's link.
  "email-link": async (walk) => {
    await form(walk);
    const client = walk.page;
    await walk.step("04-filled", () => fill(walk, FORM));
    await confirm(walk, "07-latin", { "Ваше полное имя (Ф.И.О.)": "Ivanov Ivan Ivanovich" });
    const unz = await send(walk, ["pin PIN"]);
    await walk.see("На адрес as@mail.ru отправлено письмо. Перейдите по ссылке в нём: пока адрес не подтверждён, банк не видит ваш запрос.");
    const letter = await walk.letter((text) => text.includes("/ca/email"));
    await walk.step("09-desk-sees-nothing", async () => {
      await walk.signInAtDesk("/desk/requests");
      await walk.see("Здесь запросов нет.");
    });
    const desk = walk.page;
    await walk.step("09-letter", async () => {
      await walk.openLetter(letter);
      await walk.see(`На этот адрес отправлен запрос N ${unz} на выдачу сертификата.`);
    });
    await walk.step("09-link", async () => {
      await walk.activate(walk.page.locator('a[href*="/ca/email"]').first(), "the link of the letter");
      await walk.see("Подтверждение адреса", "as@mail.ru", unz, "Если вы не отправляли запрос, ничего не делайте: банк его не получит.");
    });
    const mail = walk.page;
    await walk.step("09-desk-still-sees-nothing", async () => {
      await walk.turnTo(desk);
      await walk.page.reload();
      await walk.see("Здесь запросов нет.");
    });
    await walk.step("09-confirmed", async () => {
      await walk.turnTo(mail);
      await walk.press("Подтвердить адрес", "button");
      await walk.see("Адрес подтверждён", "Запрос поступил в банк.");
    });
    await walk.step("09-client", async () => {
      await walk.turnTo(client);
      await walk.page.reload();
      await walk.see("Запрос принят", unz);
      if ((await walk.text()).includes("отправлено письмо")) throw new Error("it is confirmed");
    });
    await walk.step("10-desk-sees-it", async () => {
      await walk.turnTo(desk);
      await walk.page.reload();
      await walk.see(unz);
      await walk.press(unz, "link");
      await registerApplication(walk);
    });
  },
};
