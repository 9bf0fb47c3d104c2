//! Pages as a browser meets them: headers, cookies, files, languages, what says no.

use crate::bank::Bank;

#[test]
fn a_page_loads_nothing_foreign_and_keeps_its_headers_also_when_it_says_no() {
    let bank = Bank::open("");
    let browser = [("accept", "text/html,*/*;q=0.8"), ("accept-language", "en")];
    for (path, status) in [("/", 200), ("/design", 200), ("/nowhere", 404), ("/ca/certificate?code=1", 404)] {
        let page = bank.call("GET", path, "", b"", &browser);
        assert_eq!((page.status, page.header("content-type")), (status, "text/html; charset=utf-8"), "{path}");
        assert_eq!(page.header("content-language"), "en");
        let policy = page.header("content-security-policy");
        let only_ours = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self' \
                         http://127.0.0.1:*; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
        assert_eq!(policy, only_ours);
        assert_eq!(page.header("referrer-policy"), "same-origin");
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(page.header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(page.header("x-frame-options"), "DENY");
        let powers = page.header("permissions-policy");
        for power in ["camera", "microphone", "geolocation", "payment", "usb"] {
            assert!(powers.contains(&format!("{power}=()")), "{powers}");
        }
        assert!(page.headers("strict-transport-security").is_empty(), "without TLS it would say nothing");
        assert_eq!(page.header("cache-control"), "no-store");
        assert!(page.text().contains("<html lang=\"en\""), "{}", page.text());
    }
    // A program that goes astray still gets a document.
    bank.get("/nowhere", "").refused(404, "not-found");
}

#[test]
fn behind_tls_a_browser_is_told_to_stay_there_and_no_other_host_sets_our_cookies() {
    let mut bank = Bank::closed("");
    let config = std::fs::read_to_string(&bank.config).unwrap();
    std::fs::write(&bank.config, config.replace("origin = \"http://", "origin = \"https://")).unwrap();
    bank.start();
    for path in ["/", "/sign-in", "/nowhere"] {
        let page = bank.call("GET", path, "", b"", &[("accept", "text/html")]);
        assert_eq!(page.header("strict-transport-security"), "max-age=31536000", "{path}");
        let cookies = page.headers("set-cookie");
        let visit = cookies.iter().find(|cookie| cookie.contains("surguch-visit="));
        assert!(visit.is_some() || path != "/", "{cookies:?}");
        let Some(visit) = visit else { continue };
        assert!(visit.starts_with("__Host-"), "{visit}");
        assert!(visit.contains("; Secure") && visit.contains("; Path=/") && !visit.contains("Domain"), "{visit}");
    }
}

#[test]
fn a_choice_of_language_and_theme_is_remembered_and_a_visit_gets_one_number() {
    let bank = Bank::open("");
    let page = bank.call("GET", "/?lang=en&theme=dark", "", b"", &[("accept-language", "ru")]);
    assert!(page.text().contains("<html lang=\"en\" data-theme=\"dark\">"), "{}", page.text());
    let cookies = page.headers("set-cookie");
    let find = |name: &str| cookies.iter().find(|cookie| cookie.starts_with(name)).unwrap().clone();
    assert!(find("surguch-language=en;").contains("Max-Age"));
    assert!(find("surguch-theme=dark;").contains("Max-Age"));
    let visit = find("surguch-visit=");
    assert!(visit.contains("HttpOnly") && visit.contains("SameSite=Lax") && !visit.contains("Max-Age"), "{visit}");

    let kept: Vec<&str> = cookies.iter().map(|cookie| cookie.split(';').next().unwrap()).collect();
    let again = bank.call("GET", "/", "", b"", &[("cookie", &kept.join("; "))]);
    assert!(again.text().contains("<html lang=\"en\" data-theme=\"dark\">"));
    assert_eq!(again.headers("set-cookie"), Vec::<String>::new());
}

#[test]
fn files_of_pages_have_a_digest_and_are_not_sent_twice() {
    let bank = Bank::open("");
    let page = bank.get("/", "").text();
    for name in ["app.css", "seal.svg"] {
        let (_, rest) = page.split_once(&format!("\"/static/{name}?v=")).unwrap();
        let address = format!("/static/{name}?v={}", rest.split('"').next().unwrap());
        let file = bank.get(&address, "");
        assert_eq!(file.status, 200, "{address}");
        assert!(file.header("cache-control").starts_with("public, max-age="));
        let again = bank.call("GET", &address, "", b"", &[("if-none-match", file.header("etag"))]);
        assert_eq!((again.status, again.octets.len()), (304, 0), "{address}");
    }
    assert_eq!(bank.get("/static/..%2Fsurguch.toml", "").status, 404);
    assert_eq!(bank.get("/static/token.js", "").header("content-type"), "text/javascript; charset=utf-8");
    let icon = bank.get("/favicon.ico", "");
    assert_eq!((icon.status, icon.header("content-type")), (200, "image/svg+xml"));
}

#[test]
fn a_form_from_another_site_is_refused_even_with_the_right_token() {
    let bank = Bank::open("");
    let page = bank.call("GET", "/sign-in", "", b"", &[("accept", "text/html")]);
    let text = page.text();
    let token = text.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let cookies: Vec<_> =
        page.headers("set-cookie").iter().map(|one| one.split(';').next().unwrap().to_owned()).collect();
    let (jar, ours) = (cookies.join("; "), bank.url(""));
    let send = |origin: &str| {
        let kind = "application/x-www-form-urlencoded";
        let headers = [("accept", "text/html"), ("cookie", jar.as_str()), ("content-type", kind), ("origin", origin)];
        bank.call("POST", "/sign-in", "", format!("form={token}").as_bytes(), &headers).status
    };
    assert_eq!(send(&ours), 400, "nothing was signed");
    assert_eq!(send("https://evil.example"), 409);
}

#[test]
fn pages_that_can_be_guessed_at_are_slowed_down() {
    let bank = Bank::open("[limits]\nguesses_per_minute = 2\n");
    let look = |path: &str| bank.call("GET", path, "", b"", &[("accept", "text/html")]).status;
    let answers: Vec<_> = (0..6).map(|_| look("/status?unz=11111111111111")).collect();
    assert!(answers.iter().filter(|status| **status == 429).count() >= 3, "{answers:?}");
    assert_eq!(look(&format!("/ca/certificate?agentId={}&code={}", bank.agent, "0".repeat(64))), 429);
    assert_eq!(look("/help"), 200, "nothing else is");
}
