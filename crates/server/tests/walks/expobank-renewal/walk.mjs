// «УДАЛЕННОЕ ОБНОВЛЕНИЕ СЕРТИФИКАТА»: every numbered step of the bank's manual by its own words. A step's name begins with its number.

const CONSENT = "consent yes";
// As often as a Rutoken ECP 2.0 takes a wrong PIN.
const PIN_TRIES = 10;
const WRONG_PIN = "00000000";

// Before the first step.
const MS_KEY =
  "Если вы пользуетесь USB-ключом «MS_Key К», тогда Вам необходимо обратиться в отделение ООО «Экспобанк», в котором Вы обслуживаетесь, для получения нового USB-ключа «Рутокен ЭЦП 2.0»";

// Step 9, when the current key is of GOST R 34.10-2001.
const TWO_CARDS = [
  "ВНИМАНИЕ! вы обновляете сертификат с неподдерживаемым алгоритмом ГОСТ-2001.",
  "Для того чтобы подписать акт, пожалуйста установите карту с сертификатом ГОСТ-2001.",
  "Затем Вам потребуется установить новую карту для того чтобы установить сертификат на нее.",
];

// The way in, before the manual begins.
async function signIn(walk) {
  await walk.step("00-sign-in", async () => {
    await walk.goto("/security");
    await walk.see("Вход по сертификату");
    walk.answer(CONSENT, "pin PIN", "signing yes");
    await walk.press("Войти", "button");
    await walk.see("Безопасность", "Обновление сертификата");
  });
}

// Steps 1 to 4: everything is filled in, nothing is sent.
async function prepare(walk) {
  await signIn(walk);
  await walk.step("01-security", async () => {
    await walk.press("Безопасность", "link");
    await walk.press("Обновление сертификата", "link");
    await walk.see("Процедура обновления сертификата осуществляется через систему «Банк-Клиент».", 'Отправить запрос в ООО "ЭКСПОБАНК"');
  });
  await walk.step("02-medium", async () => {
    await walk.press('Отправить запрос в ООО "ЭКСПОБАНК"', "link");
    await walk.see("Обновление сертификата", "Укажите место хранения сертификата", MS_KEY);
    await walk.choose("Укажите место хранения сертификата", "Смарт-ключ");
    await walk.press("Далее", "button");
    await walk.see("Ваш сертификат");
  });
  await walk.step("03-own-certificate", async () => {
    await walk.see(
      "Имя сертификата CN=Rogov Ivan Petrovich, O=OOO 'ooo', L=Novosibirsk, C=RU",
      "Издатель CN=Class 2 CA, O=Center of Financial Technologies, C=RU",
      "Запрос на обновление сертификата будет направлен в Удостоверяющий Центр",
      "Пожалуйста, проверьте правильность Вашего e-mail адреса и контактного телефона и нажмите кнопку «Обновить»",
      "На этот e-mail адрес будет выслана ссылка для сохранения сертификата ключа и далее будут поступать уведомления об истечении срока действия сертификата.",
    );
    const fields = await walk.page.locator("main input:visible, main textarea:visible").count();
    if (fields !== 2) throw new Error(`${fields} fields can be changed, not two`);
    await walk.fill("Телефон", "+7 000 000-00-07");
    await walk.fill("E-mail", "rogov@example.org");
  });
  await walk.step("04-message", async () => {
    await walk.press("Обновить", "button");
    await walk.see("Нажмите «OK»", "+7 000 000-00-07", "rogov@example.org");
  });
}

// Steps 1 to 6: the request is with the bank. Its number.
async function send(walk) {
  await prepare(walk);
  await walk.step("05-pin", async () => {
    walk.answer(CONSENT, "medium 0", "pin PIN", "signing yes", "success yes");
    await walk.press("OK", "button");
    await walk.see("Запрос принят");
    await walk.showed("Введите PIN-код", "OK");
  });
  return accepted(walk);
}

async function accepted(walk) {
  let unz;
  await walk.step("06-accepted", async () => {
    ({ unz } = await walk.card());
    await walk.see(
      "Запрос принят",
      `Удостоверяющий Центр "Authority" принял Ваш запрос N ${unz} на обновление сертификата "Класс 2".`,
      "В данный момент был создан только Ваш личный (секретный) ключ.",
      "Для использования сертификата Вам необходим еще и публичный ключ.",
      "Ссылка (URL) на страницу для получения сертификата будет отправлена Вам по электронной почте только после получения подтверждения Ваших данных от Агента Удостоверяющего центра.",
    );
  });
  return unz;
}

// What the manual calls the agent's confirmation of the data: an operator at a computer of the bank's looks, compares and says yes.
async function approvedAtDesk(walk, unz) {
  const client = walk.page;
  await walk.sitDownAt("bank");
  await walk.step("07-desk-sign-in", async () => {
    await walk.signInAtDesk("/desk/requests");
    await walk.see("Запросы", unz, "Рогов");
    await walk.request();
  });
  await walk.step("07-desk-compared", async () => {
    await walk.press(unz, "link");
    await walk.see("Сверка", "Рогов Иван Петрович", "+7 000 000-00-07", "rogov@example.org", "Одобрить");
  });
  await walk.step("07-desk-approved", async () => {
    await walk.press("Одобрить", "button");
    await walk.see("Запрос одобрен");
    await walk.stage("issued");
    await walk.page.reload();
    await walk.see("Вам выдан сертификат", "Письмо со ссылкой");
  });
  await walk.sitDownAt("client");
  await walk.turnTo(client);
}

// Steps 7 to 9: the letter and what is behind its link.
async function open(walk, unz, approved = () => walk.approve()) {
  await walk.step("07-two-hours", async () => {
    await walk.see(
      "В течение двух часов Вам на электронную почту, указанную в запросе, придет письмо с ссылкой для получения обновленного сертификата.",
      "Если в течение двух часов Вы не получили письмо, тогда необходимо обратиться в службу поддержки системы «Банк-Клиент» ООО «Экспобанк» по телефону 8 800 500 07 70 добавочный номер 2 (звонок по России бесплатный).",
    );
  });
  await approved(walk, unz);
  await walk.step("08-letter", async () => {
    const letter = await walk.letter((text) => text.includes("code="));
    if (letter.from !== "noreply@faktura.ru") throw new Error(`the sender is ${letter.from}`);
    if (!letter.subject.startsWith("Сертификат для работы в Интернет-Банке")) throw new Error(`the subject is ${letter.subject}`);
    await walk.openLetter(letter);
    await walk.see("Вам выдан сертификат в", "для работы в Интернет-Банке.", "Загрузить и сохранить его можно здесь.");
  });
  await walk.step("09-delivery", async () => {
    await walk.followLetter("здесь");
    const { certificate } = await walk.card();
    await walk.see(
      "Получение обновленного сертификата",
      "Информация о вашем сертификате",
      "Имя сертификата",
      "CN=Rogov Ivan Petrovich, O=OOO 'ooo', L=Novosibirsk, C=RU",
      "Удостоверяющий центр",
      "Серийный номер",
      String(BigInt(`0x${certificate.serial_hex}`)),
      certificate.serial_hex,
      "УНЗ",
      unz,
      "Для того чтобы получить обновленный сертификат, необходимо подписать электронный Акт приема-передачи сертификата Вашим действующим ключом.",
      "Пожалуйста, нажмите на кнопку 'Подписать Акт приема-передачи' и введите пароль к действующему ключу.",
      "Отказаться",
    );
    await walk.press("EN", "link");
    await walk.see("Serial number", unz);
    await walk.press("RU", "link");
    await walk.see("Серийный номер", unz);
  });
}

async function renewal(walk) {
  const unz = await send(walk);
  await open(walk, unz, approvedAtDesk);
  await walk.step("10-act-signed", async () => {
    // The window of the component shows the whole act before anybody is asked for the PIN.
    walk.answer(CONSENT, "signing yes", "pin PIN", "success yes");
    await walk.press("Подписать Акт приема-передачи", "button");
    await walk.see("Сохранение сертификата", "Посмотреть и распечатать Акт приема-передачи", 'Нажмите на кнопку "Сохранить сертификат".');
    // The act itself is in the pictures.
    await walk.showed("Подтверждение подписи", "Акт приема-передачи сертификата", "1/2", "2/2", "Подписать", "Отказаться", "Введите PIN-код");
  });
  await walk.step("11-act", async () => {
    const here = walk.page.url();
    const act = await walk.openPaper("Посмотреть и распечатать Акт приема-передачи");
    for (const words of ["АКТ ПРИЕМА - ПЕРЕДАЧИ СЕРТИФИКАТА КЛЮЧА ПРОВЕРКИ ЭЛЕКТРОННОЙ ПОДПИСИ", "Рогов", "CN=Rogov Ivan Petrovich, O=OOO 'ooo', L=Novosibirsk, C=RU", unz]) {
      if (!act.includes(words)) throw new Error(`${words} is not in the act: ${act}`);
    }
    walk.back = here;
  });
  await walk.step("12-pin", async () => {
    if (walk.page.url() !== walk.back) await walk.page.goto(walk.back);
    walk.answer(CONSENT, "signing yes", "pin PIN", "success yes");
    await walk.press("Сохранить сертификат", "button");
    await walk.see("Сертификат успешно сохранен на смарт-ключ");
    await walk.showed("Введите PIN-код", "OK", "Сертификат успешно сохранен на смарт-ключ");
  });
  await saved(walk);
  await walk.step("14-message", async () => {
    await walk.press("Передать копию акта сообщением", "link");
    await walk.see("Сообщения по запросу", unz);
    await walk.fill("Сообщение", "Направляю копию Акта приема-передачи.");
    await walk.tick("Приложить Акт приема-передачи с подписями");
    await walk.press("Отправить сообщение", "button");
    await walk.see("Направляю копию Акта приема-передачи.", `act-${unz}.txt`);
  });
}

async function saved(walk) {
  await walk.step("13-saved", async () => {
    await walk.see(
      "Сертификат успешно сохранен на смарт-ключ",
      "копию Акта приема-передачи необходимо передать в Банк. После обновления Акты можно передать дистанционно, с помощью системы «Банк-Клиент» в виде сообщения.",
    );
    await walk.stage("in-service");
  });
}

export const branches = {
  main: renewal,

  // The same without a mouse: Tab, Enter, Space and letters, and where the focus stops is to be seen.
  keyboard: renewal,

  // «Отказаться» on the page behind the link.
  declined: async (walk) => {
    await open(walk, await send(walk));
    await walk.step("10-decline", async () => {
      await walk.press("Отказаться", "link");
      await walk.see("Сертификат будет отозван");
    });
    await walk.step("11-declined", async () => {
      await walk.tick("Я понимаю, что сертификат будет отозван");
      await walk.press("Отказаться", "button");
      await walk.see("Состояние запроса", "Вы отказались от сертификата, и он отозван.");
      await walk.stage("rejected");
    });
    await walk.step("12-link-is-dead", async () => {
      const letter = await walk.letter((text) => text.includes("code="));
      await walk.openLetter(letter);
      walk.expect(410);
      await walk.followLetter("здесь");
      await walk.see("Ссылка не открывается");
    });
  },

  // «Отказаться» in the window of step 10, a PIN that is locked: each time the page says what to do, and nothing is lost.
  refused: async (walk) => {
    await open(walk, await send(walk));
    await walk.step("10-refused", async () => {
      walk.answer(CONSENT, "signing decline");
      await walk.press("Подписать Акт приема-передачи", "button");
      await walk.see("Вы отказались в окне компонента. Ничего не изменилось.", "Подписать Акт приема-передачи");
      await walk.stage("issued");
    });
    const link = walk.page.url();
    await walk.step("10-act-signed", async () => {
      await walk.page.goto(link);
      walk.answer(CONSENT, "signing yes", "pin PIN", "success yes");
      await walk.press("Подписать Акт приема-передачи", "button");
      await walk.see("Сохранение сертификата", 'Нажмите на кнопку "Сохранить сертификат".');
      await walk.stage("act-signed");
    });
    await walk.step("12-pin-locked", async () => {
      walk.answer(CONSENT, "signing yes", ...Array(PIN_TRIES - 1).fill(`pin ${WRONG_PIN}`), `pin last ${WRONG_PIN}`, "trouble close");
      await walk.press("Сохранить сертификат", "button");
      await walk.see("PIN-код смарт-ключа заблокирован.");
      await walk.stage("act-signed");
    });
    await walk.step("12-where-to-go", async () => {
      await walk.press("Подробнее", "link");
      await walk.see("PIN-код забыт или заблокирован", "Обратитесь в отделение ООО «Экспобанк», в котором Вы обслуживаетесь.", "8 800 500 07 70");
    });
  },

  // The client takes the request back before the bank looks.
  recalled: async (walk) => {
    const unz = await send(walk);
    await walk.step("07-recall", async () => {
      await walk.press("Отозвать запрос", "link");
      await walk.see(unz);
    });
    await walk.step("08-recalled", async () => {
      await walk.press("Отозвать запрос", "button");
      await walk.see("Запрос отозван");
      await walk.stage("cancelled");
    });
    await walk.step("09-key-left", async () => {
      await walk.press("Ключи на смарт-ключе", "link");
      walk.answer(CONSENT, "medium 0", "pin PIN", "certificates yes");
      await walk.press("Прочитать", "button");
      await walk.see("Ключи без сертификата", "Не нужен", unz);
    });
    await walk.step("10-key-deleted", async () => {
      await walk.press("Удалить ключ…", "link");
      walk.answer(CONSENT, "pin PIN", "deletion yes", "success yes");
      await walk.press("Удалить ключ", "button");
      await walk.see("Ключ удалён");
    });
  },

  // Step 7's second sentence: two hours are over and no letter came; the support sends it again.
  "lost-mail": async (walk) => {
    const unz = await send(walk);
    await walk.step("07-no-letter", async () => {
      walk.stopMail();
      await walk.approve();
      await walk.stage("issued");
      walk.moveClock(121);
      await walk.goto(`/status?unz=${unz}`);
      await walk.see(unz, "Если письма нет, обратитесь в службу поддержки", "8 800 500 07 70");
    });
    const client = walk.page;
    const id = await walk.request();
    await walk.sitDownAt("bank");
    await walk.step("07-desk-troubles", async () => {
      const overdue = async () =>
        (await walk.api("GET", "/api/v1/desk/troubles")).troubles.some((trouble) => trouble.kind === "mail-overdue" && trouble.request === id);
      await walk.until("a trouble at the desk", overdue);
      await walk.signInAtDesk("/desk/troubles", "support");
      await walk.see("Не сделано само", "Письмо со ссылкой опаздывает");
    });
    await walk.step("07-desk-looked-up", async () => {
      await walk.press("Поддержка", "link");
      await walk.fill("УНЗ", unz);
      await walk.press("Найти", "button");
      await walk.see(unz, "Письмо опаздывает", "Выслать ссылку снова");
    });
    await walk.step("07-desk-sent-again", async () => {
      walk.resumeMail();
      await walk.press("Выслать ссылку снова", "button");
      await walk.see(unz, "Письмо со ссылкой");
      const sent = async () => (await walk.page.reload(), (await walk.text()).includes("Отправлено"));
      await walk.until("the letter is sent", sent);
    });
    await walk.sitDownAt("client");
    await walk.turnTo(client);
    await walk.step("08-letter", async () => {
      await walk.openLetter(await walk.letter((text) => text.includes("code=")));
      await walk.see("Вам выдан сертификат в");
    });
    await walk.step("09-delivery", async () => {
      await walk.followLetter("здесь");
      await walk.see("Получение обновленного сертификата", unz, "Отказаться");
    });
  },

  // The warning of step 9: the new card makes the key, the old one signs request and act; the tab is closed between the cards both times.
  "gost-2001": async (walk) => {
    await prepare(walk);
    await walk.step("05-new-card", async () => {
      await walk.see("понадобятся две карты");
      walk.insert("new");
      walk.answer(CONSENT, "medium 0", "pin PIN", "signing yes", `card when ${walk.changed}`, "pin PIN", "success yes");
      await walk.press("OK", "button");
      await walk.untilAsked("card: ");
    });
    await walk.step("05-tab-closed", async () => {
      await walk.reopen("/requests");
      await walk.see("Черновик");
    });
    await walk.step("05-old-card", async () => {
      // The key that was made is taken up, and now the cards change places.
      await walk.press("Обновление сертификата", "link");
      await walk.press("Отправить запрос", "link");
      await walk.see("понадобятся две карты");
      await walk.press("OK", "button");
      await walk.untilAsked("card: ");
      walk.insert("old");
      walk.change();
      await walk.see("Запрос принят");
    });
    await open(walk, await accepted(walk));
    await walk.step("09-warning", async () => {
      await walk.see(...TWO_CARDS);
    });
    const link = walk.page.url();
    await walk.step("10-act-signed", async () => {
      walk.answer(CONSENT, "signing yes", "pin PIN", "success yes");
      await walk.press("Подписать Акт приема-передачи", "button");
      await walk.see("Сохранение сертификата", "вставьте новую карту");
    });
    await walk.step("11-tab-closed", async () => {
      await walk.reopen(link);
      await walk.see("Сохранение сертификата", "вставьте новую карту");
    });
    await walk.step("12-old-card-is-still-in", async () => {
      walk.answer(CONSENT, `card when ${walk.changed}`, "signing yes", "pin PIN", "success yes");
      await walk.press("Сохранить сертификат", "button");
      await walk.untilAsked("card: ");
    });
    await walk.step("12-pin", async () => {
      walk.insert("new");
      walk.change();
      await walk.see("Сертификат успешно сохранен на смарт-ключ");
    });
    await saved(walk);
  },

  // The manual's first words: no renewal from afar on such a key, and where to go instead.
  "ms-key": async (walk) => {
    await prepare(walk);
    await walk.step("05-refused", async () => {
      walk.answer(CONSENT, "medium 0", "trouble close");
      await walk.press("OK", "button");
      await walk.see("На USB-ключе «MS_Key К» сертификат дистанционно не обновляется");
    });
    await walk.step("06-where-to-go", async () => {
      await walk.press("Подробнее", "link");
      await walk.see(
        `${MS_KEY}, и выполнить действия, руководствуясь Инструкцией по генерации новых сертификатов на USB-ключи «Рутокен ЭЦП 2.0».`,
      );
    });
  },
};
