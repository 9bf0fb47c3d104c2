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
