### Слова страниц. Те, что начинаются с page-, банк может заменить своими: одноимённые сообщения в папке его процедуры.

brand = Сургуч
skip = К содержанию
language = Язык
language-ru = RU
language-en = EN
menu = Разделы
theme = Оформление
theme-system = как в системе
theme-light = светлое
theme-dark = тёмное
sign-out = Выйти
support = Служба поддержки
hexadecimal = шестнадцатеричный

way-home = На главную
way-sign-in = Войти
way-status = Состояние запроса
way-root = Корневой сертификат

## Главная

home-title = Сертификаты ключей
home-lead = Здесь клиент банка получает, обновляет и проверяет сертификат ключа проверки электронной подписи.
home-status = Узнайте по номеру запроса (УНЗ), что с ним происходит, чей сейчас ход и когда ждать ответа. Вход не нужен.
home-status-go = Узнать состояние
home-root = Сертификаты удостоверяющих центров: скачать, сверить отпечаток, установить.
home-root-go = Открыть

## Отказы и происшествия

fault-link = Ссылка не открывается
fault-form = Форма устарела
fault-sign-in = Нужно войти
fault-forbidden = Нет полномочий
fault-absent = Ничего не найдено
fault-stage = Сейчас это невозможно
fault-often = Слишком часто
fault-busy = Сервер занят
fault-broken = Ошибка сервера
fault-input = Проверьте введённое
fault-code = Код для службы поддержки
fault-incident = Номер происшествия

## Компонент безопасности

token-working = Обращаемся к компоненту безопасности: следите за его окном.
token-missing = Компонент безопасности не отвечает. Установите или запустите его, вставьте смарт-ключ и повторите.
token-declined = Вы отказались в окне компонента. Ничего не изменилось.
token-failed = Не получилось. Проверьте, что смарт-ключ вставлен, и повторите; если не поможет, назовите службе поддержки код:
token-pin-locked = PIN-код смарт-ключа заблокирован.
token-key-missing = Действующего ключа нет ни на одном вставленном носителе. Вставьте смарт-ключ, на котором он записан, и повторите. Если срок сертификата истёк или смарт-ключ потерян, поможет банк.
token-ms-key = На USB-ключе «MS_Key К» сертификат дистанционно не обновляется.
token-medium-other = Этот смарт-ключ не подходит: на нём ключ другого человека. Вставьте свой или чистый и повторите.
token-medium-full = На смарт-ключе нет места. Удалите ненужные ключи в компоненте безопасности и повторите.
token-medium-gone = Смарт-ключ вынули раньше времени. Вставьте его и повторите: начатое продолжится.
token-medium-missing = Смарт-ключ не найден. Вставьте его и повторите.
token-algorithm-unsupported = Этот смарт-ключ не создаёт ключей по ГОСТ Р 34.10-2012. Возьмите другой и повторите.
token-clock-wrong = Часы компьютера отличаются от часов банка больше чем на пять минут. Исправьте время и повторите.
token-busy = Компонент безопасности занят другим действием: закончите его или закройте его окно и повторите.
token-timed-out = Окно компонента безопасности было открыто слишком долго. Повторите: начатое продолжится.
token-no-script = Для этого шага нужны смарт-ключ, компонент безопасности и включённые в браузере сценарии (JavaScript).
token-needed = Для этого шага нужен компонент безопасности: без подписи ключом его не выполнить.

## Примеры элементов

design-title = Элементы оформления
design-heading = Заголовок раздела
design-text = Обычный текст: спокойный, читаемый, в одну колонку не шире семидесяти знаков.
design-link = Ссылка
design-soft = и приглушённый текст.
design-notes = Сообщения и метки
design-card = Карточка с данными
design-form = Форма
design-table = Таблица
design-way = Путь запроса
design-paper = Документ
design-more = Подробнее

tone-tell = К сведению
tone-good = Готово
tone-warn = Внимание
tone-bad = Ошибка
tone-idle = Не важно

mark-equal = совпадает
mark-differs = отличается
mark-missing = отсутствует

## Состояния запроса своими словами, где у процедуры нет своих

status-draft = Черновик
status-key-ready = Ключ создан
status-signed = Подписан
status-accepted = Запрос принят
status-in-review = На проверке
status-needs-fix = Возвращён на исправление
status-approved = Подтверждён, сертификат выпускается
status-issued = Сертификат выпущен
status-act-signed = Акт подписан
status-installed = Сертификат сохранён
status-proven = Новый ключ проверен
status-in-service = В эксплуатации
status-rejected = Отказано
status-cancelled = Отозван
status-expired = Срок истёк

## Слова процедур

page-next = Далее
page-ok = OK
page-cancel = Отмена
page-phone = Телефон
page-email = E-mail
page-email-hint = На этот адрес придёт ссылка для получения сертификата, а потом уведомления об окончании его срока.
page-medium-label = Укажите место хранения сертификата
page-medium-smart-key = Смарт-ключ
page-link-name = Имя сертификата
page-link-serial = Серийный номер
page-link-unz = УНЗ
page-decline = Отказаться
page-decline-confirm = Я понимаю, что сертификат будет отозван

## Запросы

requests-status = Состояние
requests-created = Создан
requests-none = Запросов пока нет.

## Операторская

desk-compare = Сверка
desk-reason = Причина

back = Назад
link-until = Ссылка действует до { $until }.

## Страницы за ссылкой из письма

page-link-title = Получение сертификата
page-link-info = Информация о вашем сертификате
page-link-authority = Удостоверяющий центр
page-link-act = Чтобы получить сертификат, подпишите электронный акт приема-передачи действующим ключом.
page-link-press = Нажмите кнопку «Подписать акт» и введите PIN-код действующего ключа.
page-legacy = Ваш действующий ключ создан по алгоритму ГОСТ-2001, который больше не поддерживается. Чтобы подписать акт, вставьте карту с этим ключом. Потом понадобится новая карта: на неё будет сохранён сертификат.
page-sign-act = Подписать акт
page-act-title = Акт приема-передачи сертификата
page-act-view = Посмотреть и распечатать акт
page-act-copy = Передайте копию акта в банк.
page-save-title = Сохранение сертификата
page-save-press = Нажмите кнопку «Сохранить сертификат».
page-save-again = Сертификат уже был выдан, но не подтверждён новым ключом. Сохраните его ещё раз: это ничего не испортит.
page-save = Сохранить сертификат
page-saved-title = Сертификат сохранён
page-saved = Сертификат успешно сохранён.
page-decline-title = Отказ от сертификата
page-decline-text = Если данные сертификата неверны или он вам не нужен, откажитесь от него. Сертификат будет отозван, запрос закончится. Вернуть его будет нельзя.
act-signed = Акт подписан вашим ключом.
act-print = Распечатать: Ctrl+P (на Mac ⌘P).
saved-next = Что дальше
saved-in-service = Новый ключ проверен подписью, сертификат введён в действие. Прежний сертификат действует ещё некоторое время: срок указан в письме.
saved-waits = Новый ключ проверен подписью. Сертификат будет введён в действие, когда банк получит акт.

## Состояние по номеру

status-title = Состояние запроса
status-hint = 14 знаков: цифры и латинские буквы от a до f. Номер есть на странице «Запрос принят» и в письмах.
status-unknown = Запроса с таким номером нет. Проверьте, что номер переписан целиком.
status-turn = Чей ход
status-next = Что дальше
status-eta = Ответ ожидается до
status-link = Ссылка из письма действует до
status-agent = Кто проверяет
turn-client = Ваш
turn-bank = Банка
turn-nobody = Ничей: запрос завершён
next-draft = Создайте ключ и отправьте запрос.
next-key-ready = Подпишите запрос действующим ключом.
next-signed = Отправьте запрос.
next-accepted = Банк проверит ваши данные.
next-in-review = Банк проверяет ваши данные. Потом на почту придёт ссылка для получения сертификата.
next-needs-fix = Войдите, исправьте то, о чём написал банк, и отправьте запрос снова.
next-approved = Сертификат выпускается. Ссылка придёт на почту.
next-issued = Откройте ссылку из письма и получите сертификат. Если письма нет, обратитесь в службу поддержки: ссылку вышлют снова.
next-act-signed = Откройте ссылку из письма ещё раз и сохраните сертификат.
next-installed = Откройте ссылку из письма ещё раз и подтвердите новый ключ.
next-proven = Передайте акт в банк.
next-in-service = Работайте с новым сертификатом.
next-rejected = Причина указана в письме. Если сертификат нужен, отправьте новый запрос.
next-cancelled = Запрос отозван. Если сертификат нужен, отправьте новый запрос.
next-expired = Отправьте новый запрос, пока действует текущий сертификат.
station-accepted = Запрос принят
station-approved = Данные подтверждены
station-issued = Сертификат выпущен
station-installed = Сертификат сохранён
station-in-service = Сертификат в действии

## Корневые сертификаты

root-title = Сертификаты удостоверяющих центров
root-lead = Установите корневой сертификат, чтобы ваш компьютер доверял сертификатам банка. Перед установкой сверьте отпечаток с тем, что сообщил банк по другому каналу: по телефону или в договоре.
root-root = Корневой
root-issuing = Выпускающий
root-until = Действует до
root-streebog = ГОСТ Р 34.11-2012
root-download = Скачать
root-install = Как установить
root-install-1 = Скачайте файл и откройте его двойным щелчком.
root-install-2 = Сверьте отпечаток в окне сертификата с отпечатком на этой странице и с тем, что сообщил банк.
root-install-3 = Нажмите «Установить сертификат» и выберите хранилище «Доверенные корневые центры сертификации» для корневого, «Промежуточные центры сертификации» для выпускающего.
root-install-4 = Подтвердите установку и закройте окно.

## Вход

sign-in-title = Вход по сертификату
sign-in-text = Вставьте смарт-ключ с действующим сертификатом и нажмите «Войти». Компонент безопасности покажет, что вы подписываете, и спросит PIN-код в своём окне.
sign-in-go = Войти
sign-in-hint = PIN-код вводится только в окне компонента, на странице его никто не спросит.
sign-in-choose = Выберите свой банк.

## Кабинет

menu-certificates = Сертификаты
menu-security = Безопасность
menu-requests = Запросы
menu-journal = Журнал
certificates-title = Мои сертификаты
certificates-this = вы вошли с ним
certificate-term = Срок действия
certificate-algorithm = Алгоритм ключа
person-organisation = Организация
standing-not-yet-valid = Ещё не действует
standing-pending = Не введён в действие
standing-active = Действует
standing-blocked = Заблокирован банком
standing-hold = Приостановлен
standing-revoked = Отозван
standing-superseded = Заменён новым
standing-expired = Срок истёк
security-entry = Начать или продолжить.
security-certificates = Ваши сертификаты, их состояние и сроки.
security-requests = Что отправлено и что с этим происходит.

## Обновление

page-renewal-title = Обновление сертификата
page-renewal-link = Отправить запрос в { $agent }
page-medium-registry = Реестр
page-medium-directory = Каталог на съёмном носителе
page-medium-current = Носитель действующего ключа
page-own-title = Ваш сертификат
page-own-issuer = Издатель
page-own-goes-to = Запрос будет направлен в удостоверяющий центр «{ $ca }».
page-own-check = Проверьте телефон и адрес электронной почты и нажмите «Обновить».
page-renew = Обновить
page-send-title = Отправка запроса
page-send-text = Сейчас на смарт-ключе будет создан новый ключ, и запрос будет подписан вашим действующим ключом. Вставьте смарт-ключ и нажмите «OK»: компонент безопасности спросит PIN-код.
send-legacy = Ваш действующий ключ создан по алгоритму ГОСТ-2001: понадобятся две карты. Сначала вставьте новую карту, на ней будет создан новый ключ. Потом компонент безопасности попросит карту с действующим ключом: ею подписывается запрос. Если закрыть страницу между картами, начните этот шаг снова: созданный ключ не пропадёт.
save-legacy = Выньте карту с ключом ГОСТ-2001 и вставьте новую карту, на которой был создан ключ при отправке запроса: сертификат сохраняется на неё.
page-accepted-title = Запрос принят
page-accepted-number = Удостоверяющий центр «{ $ca }» принял ваш запрос N { $unz }.
page-accepted-key = Пока создан только ваш закрытый ключ.
page-accepted-public = Чтобы им пользоваться, нужен ещё сертификат.
page-accepted-link = Ссылка для получения сертификата придёт на вашу почту после того, как банк подтвердит ваши данные.
page-accepted-mail = Если письма долго нет, обратитесь в службу поддержки: { $support }.
page-renewal-lead = Новый ключ создаётся на вашем смарт-ключе, запрос подписывает действующий ключ. Посещать банк не нужно.
renewal-none = Ваш банк не предлагает обновление через эту страницу. Обратитесь в службу поддержки.
renewal-open = У вас есть незавершённый запрос.
renewal-open-go = Открыть его
page-medium-hint = Если у вас USB-ключ «MS_Key К», обновить сертификат дистанционно нельзя: обратитесь в отделение банка за новым ключом.

## Запросы

requests-what = Процедура
request-title = Запрос
request-unsent = Ещё не отправлен
request-reason = Причина:
request-send = Отправить запрос
request-edit = Изменить данные
request-recall = Отозвать запрос
recall-title = Отзыв запроса
recall-text = Запрос закончится, сертификат по нему выпущен не будет. Созданный ключ можно будет удалить со смарт-ключа. Потом можно отправить новый запрос.

## Журнал

journal-title = Журнал
journal-lead = Всё, что происходило с вашими запросами и сертификатами. Если вы чего-то не делали, сообщите банку.
journal-none = Пока ничего не было.
journal-at = Когда
journal-what = Что
journal-by = Кто
journal-you = Вы
journal-bank = Банк
event-act-declined = Отказ от сертификата
event-act-drawn = Составлен акт
event-act-overdue = Акт не передан в срок
event-act-received = Банк получил акт
event-act-signed = Акт подписан
event-application-registered = Зарегистрировано заявление
event-certificate-activated = Сертификат введён в действие
event-certificate-blocked = Сертификат заблокирован
event-certificate-delivered = Сертификат выдан
event-certificate-held = Сертификат приостановлен
event-certificate-issued = Сертификат выпущен
event-certificate-released = Действие сертификата возобновлено
event-certificate-revoked = Сертификат отозван
event-certificate-superseded = Сертификат заменён
event-certificate-unblocked = Сертификат разблокирован
event-key-offered = Предъявлен новый ключ
event-mail-sent = Отправлено письмо
event-possession-proven = Новый ключ проверен
event-refused = Попытка отклонена
event-request-accepted = Запрос принят
event-request-approved = Запрос одобрен
event-request-corrected = Запрос исправлен
event-request-created = Запрос создан
event-request-edited = Изменены контактные данные
event-request-recalled = Запрос отозван
event-request-refused = В запросе отказано
event-request-returned = Запрос возвращён на исправление
event-signed-in = Вход

## Своё: приостановить, отозвать

own-which = Какой сертификат
own-this-one = Вы вошли с этим сертификатом: после этого шага вход закончится.
own-hold-title = Приостановить сертификат
own-hold-text = Приостановленным сертификатом нельзя ни войти, ни подписать. Сделайте так, если не уверены, где ваш ключ. Возобновит действие только банк.
own-hold-confirm = Я понимаю, что возобновить сертификат сможет только банк
own-hold-go = Приостановить
own-hold-done = Сертификат приостановлен. Возобновить его может только банк.
own-revoke-title = Отозвать сертификат
own-revoke-text = Отозванный сертификат больше никогда не заработает. Если вы не уверены, приостановите его: это можно отменить.
own-revoke-confirm = Я понимаю, что вернуть сертификат будет нельзя
own-revoke-go = Отозвать
own-revoke-done = Сертификат отозван.
own-reason = Почему
own-reason-keyCompromise = Ключ потерян, украден или стал известен другим
own-reason-affiliationChanged = Изменились мои данные или полномочия
own-reason-cessationOfOperation = Сертификат больше не нужен

## Сообщения

menu-messages = Сообщения
messages-title = Сообщения по запросу
messages-lead = Напишите банку о своём запросе. Подписанный акт можно приложить: он уйдёт вместе с подписями.
messages-nothing = Писать пока не о чем: запросов, отправленных в банк, нет.
messages-none = Сообщений пока нет.
messages-write = Написать в банк
messages-text = Сообщение
messages-hint = Только текст, не больше { $count } знаков.
messages-attach = Приложить Акт приема-передачи с подписями
messages-send = Отправить сообщение
saved-message = Передать копию акта сообщением
security-messages = Переписка с банком о ваших запросах: здесь же передают копию акта.
event-message-sent = Отправлено сообщение
desk-messages = Сообщения
desk-messages-none = Сообщений нет.
desk-messages-last = Последнее
desk-messages-unread = Не прочитано
desk-messages-read = Отметить прочитанным
desk-client = Клиент

## Что нельзя сделать дистанционно

help-title = Если дистанционно не получается
help-lead = Обновить сертификат через эту страницу может только тот, у кого есть действующий ключ и PIN-код к нему. Во всех остальных случаях поможет банк: выберите свой.
help-more = Подробнее
help-where = Куда обратиться
help-take = Что взять с собой
help-now = Что сделать сейчас
way-help = Помощь
page-help-where = Обратитесь в отделение банка, в котором вы обслуживаетесь.
page-help-call = Служба поддержки: { $support }.
help-expired-title = Срок действия сертификата истёк
page-help-expired-text = Сертификатом, срок которого истёк, нельзя ни войти, ни подписать запрос: обновить его дистанционно уже нельзя. Новый сертификат банк выдаст в отделении.
page-help-expired-take =
    паспорт
    документ о полномочиях: приказ, устав или доверенность
    смарт-ключ, если он исправен
help-lost-title = Смарт-ключ потерян, украден или сломан
page-help-lost-text = Пока ключ не найден, им может воспользоваться чужой. Сразу позвоните в службу поддержки: сертификат приостановят. Если у вас есть другой действующий сертификат, войдите с ним и приостановите потерянный сами, на странице «Сертификаты».
page-help-lost-take =
    паспорт
    документ о полномочиях: приказ, устав или доверенность
    номер сертификата или УНЗ последнего запроса, если они записаны
help-blocked-title = Сертификат заблокирован или приостановлен
page-help-blocked-text = Заблокированный сертификат снова заработает, когда банк снимет блокировку. Чаще всего причина в том, что банк не получил акт; причина названа в письме. Приостановленный сертификат возобновляет только банк.
page-help-blocked-take =
    подписанный акт, если банк его не получил
    паспорт
    письмо банка о блокировке или УНЗ запроса
help-revoked-title = Сертификат отозван
page-help-revoked-text = Отозванный сертификат вернуть нельзя: он больше не откроет вход и ничего не подпишет. Если отозвали не вы, сразу позвоните в службу поддержки. Новый сертификат банк выдаст в отделении.
page-help-revoked-take =
    паспорт
    документ о полномочиях: приказ, устав или доверенность
    смарт-ключ, если он исправен и не побывал в чужих руках
help-pin-title = PIN-код забыт или заблокирован
page-help-pin-text = PIN-кода не знает никто, кроме вас: ни банк, ни эта страница. После нескольких неверных попыток смарт-ключ его блокирует. Разблокировать можно PIN-кодом администратора, если он у вас есть; ключи при этом сохранятся. Без него понадобится новый ключ и новый сертификат.
page-help-pin-take =
    смарт-ключ
    паспорт
    документ о полномочиях: приказ, устав или доверенность
help-power-title = Полномочия закончились или сменился подписант
page-help-power-text = Сертификат выдан человеку, который действовал от имени организации. Если его полномочия закончились или изменились, обновить сертификат нельзя: банк сначала внесёт новые сведения. Сертификат того, кто больше не подписывает, нужно отозвать.
page-help-power-take =
    документ о новых полномочиях: приказ, протокол или доверенность
    паспорт нового подписанта
    карточку с образцами подписей, если банк её ведёт
help-ms-key-title = USB-ключ «MS_Key К»
page-help-ms-key-text = На USB-ключе «MS_Key К» сертификат дистанционно не обновляется. Получите в банке новый USB-ключ.
page-help-ms-key-take =
    прежний USB-ключ
    паспорт
    документ о полномочиях: приказ, устав или доверенность

desk-queue = Запросы
desk-account = Учётная запись
desk-sign-in = Вход для сотрудников
desk-login = Имя для входа
desk-password = Пароль
desk-code = Код
desk-code-hint = Шесть цифр из приложения на вашем телефоне.
desk-sign-ins = Открытые входы
desk-since = С
desk-until = До
desk-which = Какой
desk-this-one = этот
desk-sign-out-everywhere = Завершить все входы
role-operator = Оператор
role-security-officer = Администратор безопасности
role-branch-clerk = Сотрудник операционного зала
role-support = Поддержка
role-auditor = Аудитор
role-ca-administrator = Администратор удостоверяющего центра
desk-search = Поиск
desk-search-hint = УНЗ, ИНН, серийный номер в любой записи, идентификатор владельца, начало фамилии, часть названия организации или текст кода с бумаги.
desk-search-go = Найти
desk-filters = Какие запросы показать
desk-show-waiting = Ждут банка
desk-show-client = Ждут клиента
desk-show-issuing = Выпускаются
desk-show-done = Завершены
desk-none = Здесь запросов нет.
desk-found-none = Ничего не найдено. Проверьте, что номер или фамилия набраны верно.
desk-late = срок прошёл
desk-next = Дальше
desk-inn = ИНН
desk-request = Запрос
desk-accepted = Принят
desk-mail = Письмо со ссылкой
desk-mail-sent = Отправлено
desk-mail-pending = Отправляется
desk-mail-failed = Не отправлено: проверьте адрес и вышлите ссылку снова
desk-act = Акт
desk-act-none = Не составлен
desk-act-drawn = Составлен, ждёт подписи клиента
desk-act-client-signed = Подписан клиентом
desk-act-bank-signed = Подписан банком
desk-act-received = Получен
desk-act-overdue = Просрочен
desk-turn-client = Клиента
desk-turn-bank = Банка
desk-turn-nobody = Ничей: запрос завершён
desk-do = Что можно сделать
desk-do-nothing = Сейчас ничего: либо ход не банка, либо у вас нет такой роли.
desk-do-approve = Одобрить
desk-do-return = Вернуть на исправление
desk-do-refuse = Отказать
desk-do-resend-link = Выслать ссылку снова
desk-do-receive-act = Зарегистрировать акт
desk-do-register-application = Зарегистрировать заявление
desk-return-reason = Что исправить
desk-refuse-reason = Причина отказа
desk-reason-hint = Клиент прочтёт это в письме и на странице запроса.
desk-field = Поле
desk-of-request = В запросе
desk-of-record = В учёте банка
desk-mark = Сверка
desk-field-person = ФИО
desk-field-organisation = Организация
desk-field-inn = ИНН
desk-field-phone = Телефон
desk-field-email = Электронная почта
desk-field-owner = Идентификатор владельца
desk-field-power = Полномочия
desk-look-alikes = Похожие буквы разных алфавитов: { $name }
desk-paper = Бумага
desk-papers = Бумаги
desk-document-application = Заявление
desk-document-act = Акт
desk-paper-copies = Экземпляров
desk-copies-hint = От { $from } до { $until }.
desk-paper-seal = Печать
desk-paper-sealed = Есть печать организации
desk-seal-yes = Есть
desk-seal-no = Нет
desk-paper-channel = Как поступила
desk-channel-branch = Принесли в отделение
desk-channel-post = Почтой или курьером
desk-channel-site = Скан с сайта банка
desk-channel-message = Скан в сообщении системы банка
desk-paper-by = Кто зарегистрировал
desk-paper-at = Когда
desk-paper-scan = Скан
desk-scan-hint = PDF, JPEG или PNG, не больше 5 МиБ. Без сценариев, вложений и пароля. Бумага без скана тоже принимается, а скан без бумаги обязателен.
desk-scan-alone = Открыть отдельно
desk-scan-pdf = PDF открывается вашей программой для просмотра: браузер не показывает его на этой странице из осторожности.
desk-scan-save = Сохранить PDF
desk-scan-none = Скана нет: зарегистрирована сама бумага.
desk-newest = Последнее, что произошло: { $name }, { $from }, { $date }. Ниже всё как сейчас; набранное сохранено.
desk-proposals = Второе лицо
desk-proposals-what = Шаги, которые один сотрудник предложил, а другой должен подтвердить.
desk-proposals-none = Подтверждать нечего.
desk-waiting = Ждёт второго лица
desk-proposed-by = Предложено
desk-confirm = Подтвердить
desk-decline = Отклонить
desk-take-back = Отменить предложение
desk-second-waits = Подтвердить должен другой сотрудник с правом на этот шаг.
desk-second-needed = Шаг подтвердит второе лицо: до этого ничего не изменится.
desk-propose = Предложить
desk-choose = Выберите
desk-step-words = Почему
desk-step-words-hint = Останется в журнале. Без лишних личных данных.
desk-revocation-reason = Причина отзыва
desk-certificate-steps = Блокировка, приостановка, отзыв
desk-certificate-nothing = Ничего: либо сертификат окончился, либо у вас нет такой роли, либо шаг уже ждёт второго лица.
desk-certificate-block = Заблокировать
desk-certificate-unblock = Разблокировать
desk-certificate-hold = Приостановить
desk-certificate-release = Возобновить
desk-certificate-revoke = Отозвать
desk-certificate-correct-email = Исправить почту
desk-certificate-block-what = Банк перестаёт принимать сертификат: ни входа, ни подписи. В список отозванных он не попадает. Блокировку можно снять.
desk-certificate-unblock-what = Банк снова принимает сертификат.
desk-certificate-hold-what = Сертификат попадает в список отозванных как приостановленный, и его не примет никто. Приостановку можно снять.
desk-certificate-release-what = Сертификат уходит из списка отозванных и снова действует.
desk-certificate-revoke-what = Сертификат отзывается навсегда. Отменить это нельзя: понадобится новый.
revocation-unspecified = Без указания причины
revocation-keyCompromise = Ключ потерян или мог стать известен другим
revocation-affiliationChanged = Изменились данные владельца
revocation-superseded = Заменён другим сертификатом
revocation-cessationOfOperation = Больше не нужен
revocation-certificateHold = Приостановка
revocation-privilegeWithdrawn = Полномочия прекращены
desk-email = Исправить адрес электронной почты
desk-email-what = Письма по этому запросу пойдут на новый адрес, когда его подтвердит второе лицо. Если ссылка уже выслана, она перестанет действовать, и на новый адрес уйдёт другая.
desk-email-now = Адрес сейчас
desk-email-right = Верный адрес
desk-history = Что происходило
desk-history-none = Пока ничего.
desk-event = Событие
desk-event-at = Когда
desk-event-by = Кто
event-email-corrected = Адрес почты исправлен
event-effect-retried = Работа начата снова
event-link-made = Ссылка создана
event-link-replaced = Ссылка заменена
event-link-spent = Ссылка использована
event-mail-failed = Письмо не отправлено
event-mail-overdue = Письмо опаздывает
event-paper-registered = Бумага зарегистрирована
event-request-approved-first = Первое одобрение
event-request-lapsed = Срок запроса истёк
event-request-signed = Запрос подписан
event-step-declined = Предложение отклонено
event-step-explained = Причина названа
event-step-proposed = Шаг предложен второму лицу
event-subscriber-barred = Удалённая работа запрещена
event-subscriber-unbarred = Запрет снят
desk-people = Клиенты
desk-person-card = Карточка клиента
desk-people-search = Начало фамилии
desk-organisations = Организации
desk-organisations-search = Часть названия или ИНН
desk-city = Город
desk-person-alone = Сам за себя
desk-person-bar = Запретить удалённую работу
desk-person-unbar = Снять запрет
desk-barred = Удалённая работа запрещена
desk-bar-what = При запрете клиент не начнёт новый запрос, а начатый не дойдёт до выпуска. Действующие сертификаты это не останавливает: для них есть блокировка и приостановка.
desk-troubles = Затруднения
desk-trouble = Что не удалось
desk-stuck = Не сделано само
desk-stuck-none = Всё сделано.
desk-try-again = Попробовать снова
desk-overdue = Обещанный срок прошёл
desk-overdue-none = Просроченных запросов нет.
trouble-issue = Выпуск сертификата
trouble-notify = Письмо
trouble-publish-crl = Список отозванных сертификатов
trouble-lapse = Окончание срока запроса
trouble-act-due = Срок передачи акта
trouble-mail-due = Проверка письма
trouble-mail-overdue = Письмо со ссылкой опаздывает
desk-staff = Сотрудники
desk-staff-what = Новых сотрудников, пароли и роли заводят командами «surguch staff» на сервере.
desk-staff-disable = Отключить
desk-staff-disabled = Отключён с
desk-roles = Роли
desk-certificate = Сертификат
