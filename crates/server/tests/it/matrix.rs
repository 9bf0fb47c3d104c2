//! Who may see which page: every route of the list by everybody. The list is read from the source, so a new page is in it at once;
//! a page that answers somebody else than its line says is found here.

use crate::bank::{Bank, done, now, surguch};
use crate::browser::Browser;
use crate::desk::{PASSWORD, code, sign_in, with_login};

const LIST: &str = include_str!("../../src/pages/routes.rs");
const NOBODYS: &str = "01890000-0000-7000-8000-000000000000";

/// Method, path and whose it is, of every line of the list.
pub(crate) fn routes() -> Vec<(&'static str, &'static str, &'static str)> {
    let (_, list) = LIST.split_once("\npages! {\n").unwrap();
    let mut who = "";
    let mut routes = Vec::new();
    for line in list.lines().map(str::trim) {
        if let Some(name) = line.strip_suffix(" {") {
            who = name;
        } else if let Some((method, rest)) = line.split_once(" \"") {
            routes.push((method, rest.split('"').next().unwrap(), who));
        }
    }
    routes
}

#[test]
fn every_page_answers_those_whose_it_is_and_nobody_else() {
    let mut bank = Bank::closed("[limits]\nguesses_per_minute = 100000\n");
    // Whose own screens are all there are; each role's are tested beside the menu.
    let agent = bank.agent.to_string();
    let add = ["staff", "add", "--agent", &agent, "--name", "Administrator 1", "--role", "ca-administrator"];
    done(surguch(&bank.config, &add));
    let secret = with_login(&mut bank, "Administrator 1", "administrator1");
    bank.start();
    let nobody = Browser::new(&bank, "en");
    let client = Browser::new(&bank, "en");
    client.set_cookie("surguch-client", &bank.sign_in(&bank.rogov));
    let staff = Browser::new(&bank, "en");
    assert_eq!(sign_in(&staff, "/desk/requests", "administrator1", PASSWORD, &code(&secret, now())).status, 200);
    // A token in the wrong cookie is nobody's.
    let exchanged = Browser::new(&bank, "en");
    exchanged.set_cookie("surguch-client", &staff.cookie("surguch-staff").unwrap());
    exchanged.set_cookie("surguch-staff", &client.cookie("surguch-client").unwrap());

    let routes = routes();
    assert!(routes.len() > 40, "{routes:?}");
    let mut cells = 0;
    for (method, path, who) in routes {
        let path = path.replace("{id}", NOBODYS).replace("{message}", NOBODYS).replace("{procedure}", &bank.procedure);
        let path = path.replace("{file}", "app.css").replace("{step}", "hold").replace("{case}", "pin");
        let path = path.replace("{sign_in}", "00");
        for (name, browser) in [("nobody", &nobody), ("client", &client), ("staff", &staff), ("exchanged", &exchanged)]
        {
            cells += 1;
            let page = if method == "get" { browser.get(&path) } else { browser.post(&path, &[]) };
            let door = match who {
                "Subscriber" => Some("/sign-in?to="),
                "Staff" => Some("/desk/sign-in?to="),
                _ => None,
            };
            let is_theirs = matches!((who, name), ("Subscriber", "client") | ("Staff", "staff"));
            let cell = format!("{method} {path} by {name}: {} at {}", page.status, page.path);
            match (door, is_theirs, method) {
                // Whose it is not: sent to sign in, or told so, whether there is such an object or not.
                (Some(door), false, "get") => assert!(page.path.starts_with(door), "{cell}"),
                (Some(_), false, _) => assert_eq!(page.status, 401, "{cell}"),
                // Whose it is: an object that is not theirs is absent, a form without its token is refused before anything is looked up.
                (_, _, "post") => assert_eq!(page.status, 409, "{cell}"),
                (_, _, _) if path.contains(NOBODYS) => assert_eq!(page.status, 404, "{cell}"),
                // Without the secret of a request, and without an agent who opens such a door, there is nothing.
                (None, _, _) if path.starts_with("/ca/new-certificate") && !path.ends_with("cities") => {
                    assert_eq!(page.status, 404, "{cell}");
                }
                (None, _, _) if who == "LinkHolder" => assert_eq!(page.status, 404, "{cell}"),
                (_, _, _) => assert_eq!(page.status, 200, "{cell}"),
            }
        }
    }
    assert!(cells > 160, "{cells}");
}
