//! The keys of a source.

use super::super::scalar::Scalar;
use super::{DURATION, FLAG, ID, Key, Keys, Kind, SEVERITY, TEXT, TEXTS, ZONE, may, must};
use crate::sources::kind::WORDS;

const ADDRESS: Kind = Kind::One(Scalar::Address);
const LABELS: Kind = Kind::Free(Scalar::Text, &TEXT);
const GOAL: Kind = Kind::One(Scalar::Word(&["respond", "update", "resolve"]));
const SECRET: Kind = Kind::Table(&SECRET_KEYS);

pub(super) static SOURCE: Keys = Keys {
    name: "source",
    doc: "An API that is polled.",
    parts: &[&[
        must("name", ID, "What matchers and screens call it."),
        must("type", Kind::One(Scalar::Word(&WORDS)), "Which product it is."),
        may("url", Kind::Either(&[ADDRESS, Kind::List(&ADDRESS)]), "Its address; a list means one HA cluster."),
        may(
            "every",
            DURATION,
            "The polling interval. Default: 15s for Prometheus and Alertmanager, 15m for OpenCost, 60s for others.",
        ),
        may("timeout", DURATION, "The time-out of one request. Default: 10s, for OpenCost 60s."),
        may("auth", Kind::Table(&AUTH), "How it is asked to let us in."),
        may("ca", TEXT, "A PEM bundle of authorities, beside the system's; relative to the configuration folder."),
        may("cert", TEXT, "A PEM client certificate, with `key`."),
        may("key", TEXT, "The key of `cert`."),
        may("severity", Kind::Free(Scalar::Text, &SEVERITY), "Severities of words, on top of the type's own table."),
        may("only", LABELS, "What is wanted; sent to the server where it can filter."),
        may("never", LABELS, "What is dropped."),
        may("heartbeat", Kind::List(&LABELS), "Signals that must be firing, or the source is lost."),
        may("soft", FLAG, "Whether pending alerts and soft states count. Default: false."),
        may("write", FLAG, "Whether acknowledging, silencing, commenting and creating are allowed. Default: false."),
        may(
            "create",
            Kind::Free(Scalar::Text, &Kind::Any),
            "Fields of new tickets in the product's own words: queue, project and others.",
        ),
    ]],
    by_type: &[
        ("http-json", super::http_json::KEYS),
        ("rt", &[may("query", TEXT, "Which tickets, in TicketSQL, of those that are active or were resolved lately.")]),
        (
            "jira",
            &[
                may("query", TEXT, "Which issues, in JQL. Default: all that are not done, or were done lately."),
                may("changes", TEXT, "Which issues are changes, in JQL. Default: none."),
                may(
                    "change_window",
                    TEXTS,
                    "The fields of start and end of a change. Default: Planned start, Planned end.",
                ),
                may(
                    "sla",
                    Kind::Free(Scalar::Text, &GOAL),
                    "What an SLA is about, by its name, where the name does not say.",
                ),
                may("custom", TEXTS, "Custom fields that become labels, by name."),
                may("cloud", FLAG, "Whether it is Jira Cloud. Default: whether it is at atlassian.net or its API."),
                may("web", ADDRESS, "Where people see issues, for links. Default: `url`."),
            ],
        ),
        (
            "servicenow",
            &[
                may(
                    "query",
                    TEXT,
                    "Which incidents, as an encoded query, without ^NQ. Default: all that are not done, or were done lately.",
                ),
                may("changes", TEXT, "Which changes, as an encoded query. Default: all that are not cancelled."),
                may(
                    "sla",
                    Kind::Free(Scalar::Text, &GOAL),
                    "What an SLA is about, by its name, where the definition does not say.",
                ),
            ],
        ),
        (
            "icinga2",
            &[
                may(
                    "vars",
                    TEXTS,
                    "Custom variables that become labels. Default: none, since they may hold passwords.",
                ),
                may("web", ADDRESS, "Where Icinga Web is, for links."),
            ],
        ),
        ("zabbix", &[may("tz", ZONE, "The zone of its server, for maintenance that comes again. Default: UTC.")]),
        ("redmine", &[may("projects", TEXTS, "Which projects, by identifier. Default: all that are visible.")]),
        ("pagerduty", &[may("from", TEXT, "The mail address of a user, which PagerDuty wants with every write.")]),
        ("github", &[must("repositories", TEXTS, "Which repositories, as owner/name.")]),
        (
            "prometheus",
            &[may(
                "alertmanager",
                ADDRESS,
                "The Alertmanager of its alerts: its silences acknowledge them, and can be made.",
            )],
        ),
        (
            "focus",
            &[
                may("files", TEXT, "The FOCUS files, `*` in the name; relative to the configuration folder."),
                may(
                    "cost",
                    Kind::One(Scalar::Word(&["billed", "effective"])),
                    "Which cost counts: what is invoiced, or what is used with discounts spread. Default: billed.",
                ),
            ],
        ),
        (
            "opencost",
            &[may(
                "currency",
                Kind::One(Scalar::Currency),
                "What its prices are in. Default: the currency of the totals.",
            )],
        ),
    ],
    instead: "",
};

static AUTH: Keys = Keys::new(
    "auth",
    "How a source is asked to let us in: one of `bearer`, `basic`, `header` with `value`, and `headers`.",
    &[&[
        may("bearer", SECRET, "A token, sent as Authorization: Bearer."),
        may("basic", Kind::Table(&BASIC), "User and password."),
        may("header", TEXT, "The name of a header."),
        may("value", SECRET, "The value of `header`."),
        may("headers", Kind::Free(Scalar::Text, &SECRET), "Several headers, by name: some APIs want two keys."),
    ]],
);

static BASIC: Keys = Keys::new(
    "basic_auth",
    "User and password.",
    &[&[must("user", TEXT, "The user."), must("password", SECRET, "The password.")]],
);

static SECRET_KEYS: Keys = Keys {
    name: "secret",
    doc: "Where a secret is, never the secret itself: one of `env`, `file` and `cmd`.",
    parts: &[&[
        may("env", TEXT, "An environment variable."),
        may("file", TEXT, "A file that only its owner can read (0600); relative to the configuration folder."),
        may("cmd", TEXTS, "A command whose first line of output it is."),
    ]],
    by_type: &[],
    instead: "a secret is never written here, where it would be read over a shoulder and kept in git: \
              say { env = \"NAME\" }, { file = \"PATH\" } or { cmd = [\"pass\", \"show\", \"NAME\"] }",
};

/// The further keys of a type.
pub(in super::super) fn own_keys(word: &str) -> &'static [Key] {
    SOURCE.of_type(word)
}
