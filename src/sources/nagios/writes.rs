//! Writing to Nagios, through the form that a person would fill in (`cmd.cgi`): acknowledge a problem, comment on a
//! check, set a downtime; a ticket is linked by a comment. The account must be a contact of the object, or may give all
//! commands (`authorized_for_all_host_commands`, `authorized_for_all_service_commands`). Nagios takes the login for the
//! author, so the author stands in the comment.
//!
//! The form comes with a number and a cookie that belong together and are asked for right before sending. A downtime is
//! told in the local time of the server, which the form shows, too.

use std::borrow::Cow;

use chrono::{NaiveDateTime, TimeDelta};

use super::{Check, Nagios};
use crate::domain::clean::clean_line;
use crate::domain::matcher::label;
use crate::domain::span::Instant;
use crate::domain::write::{Body, HIDDEN, Intent, Method, Outcome, Preview, Request, Target, WriteKind};
use crate::sources::client::Page;
use crate::sources::error::SourceError;
use crate::sources::remark;

/// What can be done.
pub const KINDS: &[WriteKind] = &[WriteKind::Acknowledge, WriteKind::Comment, WriteKind::Silence, WriteKind::Link];
/// How long a downtime lasts unless the intent says otherwise.
const LASTS: TimeDelta = TimeDelta::hours(2);
const FORM: &str = "cmd.cgi";
/// The number in the form.
const NUMBER: &str = "nagFormId";
/// The header of the cookie.
const COOKIE: &str = "cookie";
/// What Nagios may be configured to write times as.
const TIMES: [&str; 4] = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%m-%d-%Y %H:%M:%S", "%d-%m-%Y %H:%M:%S"];

impl Nagios {
    pub(super) async fn preview(&self, intent: &Intent, now: Instant) -> Result<Preview, SourceError> {
        let Target::Signal(signal) = &intent.target else {
            return Err(SourceError::Changed("only checks can be changed here".to_owned()));
        };
        let host = label(&signal.labels, "host").unwrap_or_default();
        let service = label(&signal.labels, "service");
        let (check, address) = self.look(host, service).await?;
        let number = command(intent.kind, service.is_some());
        let mut pairs = vec![("cmd_typ".to_owned(), number.to_owned()), ("cmd_mod".to_owned(), "2".to_owned())];
        let mut add = |name: &str, value: &str| pairs.push((name.to_owned(), value.to_owned()));
        add("host", host);
        service.into_iter().for_each(|service| add("service", service));
        add("com_author", &intent.author);
        add("com_data", &format!("{}: {}", intent.author, remark::line(intent, intent.kind.word())));
        let mut remarks = Vec::new();
        match intent.kind {
            WriteKind::Acknowledge => {
                if matches!(check.status.as_str(), "ok" | "up") {
                    return Err(SourceError::Changed(format!(
                        "{} is fine now: there is nothing to acknowledge",
                        signal.id
                    )));
                }
                if check.problem_has_been_acknowledged {
                    remarks.push("it is acknowledged already: this one comes in its place".to_owned());
                }
                remarks.push("it ends when the state changes, not by time; contacts are notified".to_owned());
                add("send_notification", "on");
            }
            WriteKind::Silence => {
                let until = intent.until.unwrap_or(now + LASTS);
                remarks.push(until.format("it ends by itself at %Y-%m-%d %H:%M UTC").to_string());
                if service.is_none() {
                    remarks.push("the host alone: its services are not in this downtime".to_owned());
                }
                let page = self.form(address, number, host, service).await?;
                let local = local_time(&page.html, now)?;
                add("trigger", "0");
                add("fixed", "1");
                add("hours", "2");
                add("minutes", "0");
                add("start_time", &local(now));
                add("end_time", &local(until));
            }
            _ => add("persistent", "on"),
        }
        add("btnSubmit", "Commit");
        add(NUMBER, HIDDEN);
        let mut request = self.client.draft(Method::Post, FORM, Body::Form(pairs))?;
        request.address = address;
        request.headers.push((COOKIE, HIDDEN.to_owned()));
        let (covers, covers_count) = (Vec::new(), 0);
        let object = line(&signal.id, &check);
        Ok(Preview { intent: intent.clone(), object, request, covers, covers_count, remarks })
    }

    /// The check as it is now.
    async fn look(&self, host: &str, service: Option<&str>) -> Result<(Check, usize), SourceError> {
        let query = if service.is_some() { "service" } else { "host" };
        let mut pairs: Vec<(&str, Cow<'_, str>)> =
            vec![("query", query.into()), ("formatoptions", "enumerate".into()), ("hostname", host.into())];
        pairs.extend(service.map(|service| ("servicedescription", service.into())));
        let answer = self.client.get_any("statusjson.cgi", &pairs).await?;
        let found = super::read::<Check>(&answer, query).map_err(|error| match error {
            SourceError::Says { says, .. } => SourceError::Changed(format!("Nagios does not have it any more: {says}")),
            other => other,
        })?;
        let address = self.client.draft(Method::Post, FORM, Body::Form(Vec::new()))?.address;
        Ok((found.0, address))
    }

    async fn form(&self, address: usize, number: &str, host: &str, service: Option<&str>) -> Result<Page, SourceError> {
        let mut pairs: Vec<(&str, Cow<'_, str>)> = vec![("cmd_typ", number.into()), ("host", host.into())];
        pairs.extend(service.map(|service| ("service", service.into())));
        let page = self.client.page(address, FORM, &pairs).await?;
        match said(&page.html) {
            Some(says) if !page.html.contains("<form") && !page.html.contains("<FORM") => {
                Err(SourceError::Changed(format!("Nagios gives no form: {says}")))
            }
            _ => Ok(page),
        }
    }

    pub(super) async fn carry_out(&self, preview: &Preview) -> Outcome {
        let request = match self.with_number(&preview.request).await {
            Ok(request) => request,
            Err(error) => return Outcome::NotSent { why: error.to_string() },
        };
        // Nagios answers 200 to everything, with a page for people.
        self.client.send_once(&request).await.judged(|told| {
            let html = told.text();
            let says = said(&html).unwrap_or_else(|| "a page that says nothing".to_owned());
            if html.contains("successfully submitted") {
                Outcome::Done { says, made: None }
            } else if html.contains("rror") || html.contains("not authorized") || html.contains("Sorry") {
                Outcome::Refused { says }
            } else {
                Outcome::Unknown { why: says }
            }
        })
    }

    /// The request with the number and the cookie of a new form.
    async fn with_number(&self, request: &Request) -> Result<Request, SourceError> {
        let Body::Form(pairs) = &request.body else {
            return Err(SourceError::Changed("this is no form of Nagios".to_owned()));
        };
        let of = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let (number, host) = (of("cmd_typ").unwrap_or_default(), of("host").unwrap_or_default());
        let page = self.form(request.address, number, host, of("service")).await?;
        let mut request = request.clone();
        let cookie = page.cookies.iter().find(|cookie| cookie.to_lowercase().starts_with("nagformid="));
        request.headers.retain(|(name, _)| *name != COOKIE);
        request.headers.extend(cookie.map(|cookie| (COOKIE, cookie.clone())));
        if let Body::Form(pairs) = &mut request.body {
            // Versions before the cookie have no number either.
            pairs.retain(|(name, _)| name != NUMBER);
            pairs.extend(field(&page.html, NUMBER).map(|value| (NUMBER.to_owned(), value)));
        }
        Ok(request)
    }
}

/// The number of a command, of a service or of a host.
fn command(kind: WriteKind, of_service: bool) -> &'static str {
    match (kind, of_service) {
        (WriteKind::Acknowledge, true) => "34",
        (WriteKind::Acknowledge, false) => "33",
        (WriteKind::Silence, true) => "56",
        (WriteKind::Silence, false) => "55",
        (_, true) => "3",
        (_, false) => "1",
    }
}

/// How the server writes an instant: in which form, and how far from UTC, as the start that the form proposes tells.
fn local_time(html: &str, now: Instant) -> Result<impl Fn(Instant) -> String + use<>, SourceError> {
    let shown = field(html, "start_time").unwrap_or_default();
    let read = TIMES.iter().filter_map(|form| Some((*form, NaiveDateTime::parse_from_str(&shown, form).ok()?)));
    // Day and month may be told either way: the one that is now.
    let nearest = read.min_by_key(|(_, local)| (*local - now.naive_utc()).abs());
    let found = nearest.filter(|(_, local)| (*local - now.naive_utc()).abs() < TimeDelta::hours(16));
    let (form, local) = found.ok_or_else(|| {
        let text =
            format!("the form of Nagios proposes {:?} as a start, which is no time of now", clean_line(&shown, 40));
        SourceError::Changed(text)
    })?;
    // Zones are apart by quarters of an hour; the rest is the difference of the clocks.
    let minutes = (local - now.naive_utc()).num_seconds() as f64 / 60.0;
    let ahead = TimeDelta::minutes(15 * (minutes / 15.0).round() as i64);
    Ok(move |at: Instant| (at.naive_utc() + ahead).format(form).to_string())
}

/// The value of an input of a page, however its attributes are quoted.
fn field(html: &str, name: &str) -> Option<String> {
    let input = regex::RegexBuilder::new(r#"<input\b([^<>]*)"#).case_insensitive(true).build().ok()?;
    let attribute = |text: &str, wanted: &str| {
        let text = text.replace('"', "'");
        let at = text.to_lowercase().find(&format!("{wanted}='"))? + wanted.len() + 2;
        text[at..].split('\'').next().map(str::to_owned)
    };
    let mut inputs = input.captures_iter(html).filter_map(|found| found.get(1)).map(|found| found.as_str());
    let found = inputs.find(|input| attribute(input, "name").is_some_and(|its| its.eq_ignore_ascii_case(name)))?;
    attribute(found, "value")
}

/// What a page says: its message or its error, without tags.
fn said(html: &str) -> Option<String> {
    let marks = ["class='infomessage'>", "class='errormessage'>", "<p>error:"];
    let lower = html.to_lowercase();
    let (at, mark) = marks.iter().find_map(|mark| Some((lower.find(mark)?, *mark)))?;
    let start = if mark.starts_with("<p>") { at + "<p>".len() } else { at + mark.len() };
    let text = html.get(start..)?.split('<').next()?.trim();
    (!text.is_empty()).then(|| clean_line(text, 300).into_owned())
}

fn line(id: &str, check: &Check) -> String {
    clean_line(&format!("{id} · {} · {}", check.status, check.plugin_output.trim()), 300).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::testing::at;

    #[test]
    fn inputs_are_found_however_they_are_quoted() {
        let html = "<form><INPUT TYPE='hidden' NAME='nagFormId' VALUE='25e45d32'\n<TABLE><input type=\"text\" name=\"start_time\" value=\"11-24-2026 05:15:13\">";
        assert_eq!(field(html, NUMBER).as_deref(), Some("25e45d32"));
        assert_eq!(field(html, "start_time").as_deref(), Some("11-24-2026 05:15:13"));
        assert_eq!(field(html, "end_time"), None);
    }

    #[test]
    fn the_form_tells_how_times_are_written() {
        let now = at("2026-11-04T10:00:00Z");
        for (shown, wanted) in [
            ("2026-11-04 10:00:20", "2026-11-04 12:30:00"),
            ("2026-11-04 15:29:50", "2026-11-04 18:00:00"),
            ("11-04-2026 02:00:00", "11-04-2026 04:30:00"),
            ("04-11-2026 11:00:00", "04-11-2026 13:30:00"),
            ("2026-11-04T11:00:00", "2026-11-04T13:30:00"),
        ] {
            let html = format!("<INPUT NAME='start_time' VALUE='{shown}'>");
            let local = local_time(&html, now).unwrap_or_else(|error| panic!("{shown}: {error}"));
            assert_eq!(local(at("2026-11-04T12:30:00Z")), wanted, "{shown}");
        }
        assert!(local_time("<INPUT NAME='start_time' VALUE='2019-01-01 10:00:00'>", now).is_err());
        assert!(local_time("", now).is_err());
    }

    #[test]
    fn a_page_says_what_was_done() {
        let done = "<P><DIV CLASS='infoMessage'>Your command request was successfully submitted to Nagios.<BR>";
        assert_eq!(said(done).as_deref(), Some("Your command request was successfully submitted to Nagios."));
        assert_eq!(
            said("<p>Error: Invalid or missing CSRF cookie!</p>").as_deref(),
            Some("Error: Invalid or missing CSRF cookie!")
        );
        assert_eq!(said("<html></html>"), None);
    }
}
