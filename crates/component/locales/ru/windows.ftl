### Слова окон и терминала «Компонента безопасности». Ни одно слово для человека не живёт в Rust.

program = Компонент безопасности

## Кнопки

button-ok = OK
button-cancel = Отмена
button-next = Далее
button-allow = Разрешить
button-refuse = Отказаться
button-sign = Подписать
button-retry = Повторить
button-close = Закрыть
button-written-down = Записано
button-delete = Удалить ключ
button-card-ready = Карта установлена
button-last-attempt = Использовать последнюю попытку
button-previous-page = Предыдущая страница
button-next-page = Следующая страница
button-previous-certificate = Предыдущий сертификат
button-next-certificate = Следующий сертификат

## Строка сверху: кто спрашивает

context = { $bank } · { $origin }
context-unz = { $bank } · { $origin } · УНЗ { $unz }

## Разрешение сайту

consent-title = Разрешить действие на этом компьютере?
consent-site = Сайт
consent-bank = Банк
consent-operation = Действие
consent-unz = УНЗ
consent-first = Первая встреча с этим сайтом
consent-first-text = Сверьте отпечаток ключа банка с тем, который напечатан в договоре или назван в отделении. Если хотя бы один знак отличается, откажитесь и позвоните в банк. После разрешения сайт и ключ запомнятся.
consent-thumbprint = Отпечаток ключа банка
consent-pin-note = PIN-код спросит только это окно. Сайту он не передаётся.

operation-list-tokens = Показать список смарт-ключей
operation-doctor = Проверить готовность рабочего места
operation-change-pins = Сменить PIN-коды смарт-ключа
operation-create-container = Задать пароль контейнера ключа
operation-request = Создать новый ключ и подписать запрос на сертификат
operation-sign-act = Подписать акт приема-передачи сертификата
operation-store-certificate = Сохранить полученный сертификат
operation-view-certificates = Показать сертификаты
operation-delete-orphan = Удалить ключ без сертификата
operation-sign-in = Войти с сертификатом
operation-staff-sign-in = Войти в рабочее место сотрудника банка

## Место хранения

medium-title = Укажите место хранения сертификата
medium-smart-key = Смарт-ключ
medium-registry = Реестр
medium-directory = Каталог на диске
medium-named = { $kind }: { $name }
medium-none = Смарт-ключ не найден. Вставьте его и начните действие на сайте ещё раз.
medium-directory-path = Путь к каталогу
medium-directory-missing = Такого каталога нет.
medium-directory-relative = Укажите путь полностью, от корня диска.
medium-directory-up = На уровень выше
medium-directory-more = Показаны первые { $count }. Остальные откроются по введённому пути.

## PIN-код

pin-user = { $attempts ->
    [unknown] Введите PIN-код:
    [fewer] Введите PIN-код (часть попыток уже израсходована):
    [last] Введите PIN-код (осталась последняя попытка):
   *[exactly] Введите PIN-код (осталось попыток: { $left }):
}
pin-administrator = { $attempts ->
    [unknown] Введите PIN-код администратора:
    [fewer] Введите PIN-код администратора (часть попыток уже израсходована):
    [last] Введите PIN-код администратора (осталась последняя попытка):
   *[exactly] Введите PIN-код администратора (осталось попыток: { $left }):
}
pin-container = { $attempts ->
    [unknown] Введите пароль контейнера:
    [fewer] Введите пароль контейнера (часть попыток уже израсходована):
    [last] Введите пароль контейнера (осталась последняя попытка):
   *[exactly] Введите пароль контейнера (осталось попыток: { $left }):
}
pin-again = Введите ещё раз то же самое:
pin-differs = Введено не одно и то же.
pin-wrong = Неверный PIN-код. Попробуйте ещё раз.
pin-wrong-container = Неверный пароль. Попробуйте ещё раз.
pin-not-latin = Введены не латинские буквы. Проверьте раскладку клавиатуры.

last-title = Осталась последняя попытка
last-text = Если PIN-код снова окажется неверным, носитель «{ $medium }» заблокируется, и ключи на нём станут недоступны. Разблокировать сможет только банк или администратор.
last-advice = Если вы не уверены, нажмите «Отмена» и найдите записанный PIN-код. Если уверены, его нужно будет ввести дважды.
last-banner = Последняя попытка: ошибка заблокирует носитель.

## Новые PIN-коды и пароль

new-pins-title = Смена PIN-кодов
new-pins-step = Шаг { $step } из { $steps }
new-pins-factory = Сейчас действует PIN-код изготовителя. Он напечатан в инструкциях, и его знают все.
old-pin-user = { $attempts ->
    [unknown] Старый PIN-код пользователя:
    [fewer] Старый PIN-код пользователя (часть попыток уже израсходована):
    [last] Старый PIN-код пользователя (осталась последняя попытка):
   *[exactly] Старый PIN-код пользователя (осталось попыток: { $left }):
}
old-pin-administrator = { $attempts ->
    [unknown] Старый PIN-код администратора:
    [fewer] Старый PIN-код администратора (часть попыток уже израсходована):
    [last] Старый PIN-код администратора (осталась последняя попытка):
   *[exactly] Старый PIN-код администратора (осталось попыток: { $left }):
}
old-pin-user-printed = Старый PIN-код пользователя: { $pin }
old-pin-administrator-printed = Старый PIN-код администратора: { $pin }
old-pin-again = Старый PIN-код ещё раз:
new-pin-user = Введите новый PIN-код пользователя:
new-pin-user-again = Введите новый PIN-код пользователя ещё раз:
new-pin-administrator = Введите новый PIN-код администратора:
new-pin-administrator-again = Введите новый PIN-код администратора ещё раз:

made-pin-title = Новый PIN-код администратора
made-pin-administrator = Новый PIN-код администратора:
made-pin-text = Запишите его и храните отдельно от смарт-ключа: им разблокируют PIN-код пользователя, если его забудут. Больше он показан не будет. PIN-коды сменятся, когда вы нажмёте «Записано».

password-title = Пароль контейнера ключа
password-container = Контейнер: { $name }
password-note = Пароль понадобится при каждой подписи и при входе по сертификату. Восстановить его нельзя.
password-new = Придумайте пароль:
password-again = Введите пароль ещё раз:

rules = Требования
rule-met = { $rule }: выполнено
rule-unmet = { $rule }: не выполнено
rule-least = { $count ->
    [one] не короче { $count } знака
   *[other] не короче { $count } знаков
}
rule-most = { $count ->
    [one] не длиннее { $count } знака
   *[other] не длиннее { $count } знаков
}
rule-ascii = только латинские буквы, цифры и знаки
rule-digit = есть цифра
rule-lower = есть строчная буква
rule-upper = есть заглавная буква
rule-special = есть знак, кроме букв и цифр
rule-not-known = не из числа общеизвестных
rule-not-old = отличается от старого
rule-not-other = отличается от другого PIN-кода
rule-repeated = введён дважды одинаково

## Подпись

signing-title = Подтверждение подписи
signing-signer = Подписывает
signing-read-on = Подписать можно после просмотра последней страницы (клавиша PageDown).
signing-text = Текст документа
pager = { $page }/{ $pages }

## Карты

card-title = Смена карты
card-title-any = Смарт-ключ не найден
card-any = Вставьте смарт-ключ и нажмите «Карта установлена».
card-with-current-certificate = Для того чтобы подписать, пожалуйста, установите карту с сертификатом { $algorithm ->
        [gost-2001] ГОСТ-2001
        [gost-2012] ГОСТ-2012
       *[other] { $algorithm }
    }.
card-with-current-certificate-subject = Владелец сертификата
card-new = Теперь установите новую карту: на ней будет создан новый ключ.
card-with-new-key = Теперь установите карту с новым ключом: { $name }.
card-instead = Сейчас вставлена: { $name }. Она не подходит.

## Сертификаты

certificates-title = Сертификаты
certificates-none = Здесь нет сертификатов.
certificate-subject = Имя сертификата
certificate-issuer = Издатель
certificate-serial = Серийный номер
certificate-serial-both =
    { $hex }
    десятичный: { $decimal }
certificate-not-before = Годен с
certificate-not-after = Годен до
certificate-algorithm = Алгоритм ключа
certificate-thumbprint = Отпечаток SHA-256
certificate-key = Закрытый ключ
certificate-key-here = на этом же носителе
certificate-key-elsewhere = здесь его нет

## Удаление ключа

deletion-title = Удалить ключ без сертификата?
deletion-text = Удалённый ключ нельзя вернуть. Если сертификат для него ещё будет выдан, сохранить его станет некуда.
deletion-medium = Носитель
deletion-key = Ключ
deletion-algorithm = Алгоритм
deletion-unz = УНЗ

## Ход работы

working-looking = Читаю носитель…
working-making-key = Создаю ключ на носителе…
working-signing = Подписываю…
working-saving = Сохраняю сертификат…
working-changing-pins = Меняю PIN-коды…
working-deleting = Удаляю ключ…
working-note = Не вынимайте носитель.

## Успех

done-title = Готово
done-pins-changed = PIN-коды изменены
done-container-created = Пароль контейнера изменён
done-request-signed = Ключ создан, запрос подписан
done-act-signed = Акт подписан
done-certificate-saved = { $kind ->
    [registry] Сертификат успешно сохранен в реестр
    [directory] Сертификат успешно сохранен в каталог
   *[smart-key] Сертификат успешно сохранен на смарт-ключ
}
done-orphan-deleted = Ключ удалён
done-all-ready = Рабочее место готово
done-unz = УНЗ: { $unz }

## Ошибка

trouble-title = Не получилось
trouble-next = Что делать
trouble-code = Код для поддержки: { $code }

## Терминал

terminal-yes-no = Введите «{ $yes }» для согласия или «{ $no }» для отказа:
terminal-yes = да
terminal-no = нет
terminal-number = Введите номер или пустую строку для отмены:
terminal-directory-number = { $number }. Каталог на диске
terminal-not-understood = Ответ не понят.
terminal-page = Страница { $page } из { $pages }. Нажмите Enter.
terminal-hidden = (ввод не отображается; пустая строка – отмена)
terminal-enter = Нажмите Enter.
terminal-timed-out = Время вышло, ответ не принят.
