### Слова пробного прогона: кто, что делает, с каким итогом. Слова руководства банка берутся из папки процедуры.

## Шаги: что делает

walk-sign-in = входит подписью действующего ключа
walk-create = начинает процедуру
walk-key = создаёт ключ и PKCS#10
walk-submit = подписывает запрос действующим ключом
walk-review = проверяет данные и согласовывает
walk-letter = выпускает сертификат, шлёт письмо
walk-open = открывает ссылку из письма
walk-act = подписывает акт действующим ключом
walk-certificate = получает сертификат
walk-proof = подписывает проверку новым ключом
walk-new-sign-in = входит новым ключом

## Кто

walk-bank = Банк
walk-operator = Оператор

## Итоги

walk-signed-in = вход до { $until }
walk-key-made = { $algorithm }
walk-submitted = { $status }: N { $unz }
walk-letter-found = письмо, ссылка для { $subject }
walk-link-given = ссылка есть
walk-opened = серийный номер { $hex } ({ $decimal })
walk-act-signed = { $characters } знаков, подпись принята
walk-certificate-taken = годен до { $until }, цепочка верна

## Вопросы и отчёт

walk-ask-link = Вставьте ссылку из письма и нажмите Enter:
walk-token-away = Токен вынули. Вставьте его снова: всё продолжится с этого места.
walk-wait-review = Ждём согласования в банке: запрос { $request }
walk-files = Записано в { $folder }: { $files }

## Прогон на своей машине

demo-previous = Создан прежний удостоверяющий центр «{ $name }» и сертификаты клиентов ({ $ms } мс)
demo-imported = Загружено: организаций { $organisations }, подписантов { $subscribers }, сертификатов { $certificates }
demo-server = Сервер слушает { $url }, данные в { $data }
demo-port-taken = Порт { $port } занят, взят { $taken }
demo-head = Шаг, кто, что, итог, время. Номера шагов из руководства банка.
demo-verify = Проверить сторонней программой (OpenSSL с движком ГОСТ, пакет libengine-gost-openssl):
demo-left = { $name }: «{ $status }», запрос { $request }. Дальше решаете вы. Посмотреть и согласовать:
demo-left-letter = Письмо со ссылкой появится в { $mailbox }. Пройти остальное за клиента:
demo-plain-keys = Ключи клиентов в { $folder } ничем не закрыты: это образцы, и только для пробы.
demo-stays = Сервер работает. Ctrl-C остановит его.
demo-again = Запустить этот же сервер снова:
demo-first = Откройте в браузере:
demo-no-browser = Браузер не запустился ({ $program }: { $error }): откройте адрес сами.
demo-component-builds = Компонента безопасности нет, строим его рядом с работающим сервером. Первый раз это занимает минуты.
demo-component-built = Построено { $done } из { $all }
demo-component-ready = Компонент безопасности готов, виртуальные смарт-ключи вставлены.
demo-component-no-cargo = Компонента безопасности нет, и построить его не из чего (нужны исходные тексты и cargo). Страницы работают, подписать ничего нельзя.
demo-component-policy = Действуют правила администратора ({ $file }): компонент безопасности не запущен.
demo-component-failed = Компонент безопасности не работает: { $error }
demo-kept = В { $data } уже есть данные: они оставлены как есть, прогон пропущен.
demo-kept-out = Ключи клиентов и файлы прежнего прогона: { $out }
demo-data-foreign = В папке { $data } есть данные, которые сделал не этот прогон. Укажите другую папку в --out или назовите эту в --data, тогда она останется как есть.
demo-ports-taken = Все порты с { $from } по { $to } заняты. Укажите другой в --port.
demo-port-kept = Данные в { $data } принадлежат серверу на { $address }: порт { $port } поменяйте в surguch.toml этой папки (listen и origin).
