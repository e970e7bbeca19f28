//! The script: what can happen to the company, and when it happens, as tables.
//!
//! Ages before the start are as they would be on any shift; what comes after the start is shared out so that within
//! half a minute something moves, and within ten minutes every kind of trouble was seen.

use chrono::TimeDelta;

use super::traffic::Stream;

/// A system of the company that has an API.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum System {
    /// The Prometheus of the shop.
    Prom,
    /// The Prometheus of the network and the stores.
    PromEdge,
    /// The Alertmanager of logistics.
    Alertmanager,
    /// Request Tracker.
    Tracker,
}

/// An alert that can fire.
#[derive(PartialEq, Debug)]
pub(super) struct Alert {
    /// Whose rule.
    pub system: System,
    /// Its name.
    pub name: &'static str,
    /// The severity label.
    pub severity: &'static str,
    /// Further labels.
    pub labels: &'static [(&'static str, &'static str)],
    /// One line for an operator.
    pub summary: &'static str,
    /// The number that made it fire.
    pub value: f64,
    /// On how many instances it fires at once; above 1 they get an `instance` label each.
    pub instances: u32,
}

/// A silence of the Alertmanager: an alert is acknowledged with it.
#[derive(PartialEq, Debug)]
pub(super) struct Silence {
    /// Label and value; all must be equal.
    pub matchers: &'static [(&'static str, &'static str)],
    /// Who.
    pub author: &'static str,
    /// Why.
    pub comment: &'static str,
}

/// A ticket, from its creation to its resolution.
#[derive(PartialEq, Debug)]
pub(super) struct Ticket {
    /// Its number; a later repetition gets a number of its own.
    pub id: u32,
    /// One line.
    pub subject: &'static str,
    /// The map's name of what it is about.
    pub service: &'static str,
    /// P1 to P3.
    pub urgency: &'static str,
    /// Who works on it.
    pub owner: &'static str,
    /// When work on it starts.
    pub taken_after: TimeDelta,
    /// Whether it waits for somebody else.
    pub stalled: bool,
}

/// What a step does while it lasts.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Effect {
    /// An alert fires.
    Fire(&'static Alert),
    /// An alert is pending: its condition holds, but not for long enough.
    Pend(&'static Alert),
    /// A silence is active.
    Silence(&'static Silence),
    /// A ticket is open; it is resolved at the end.
    Ticket(&'static Ticket),
    /// A system does not answer.
    Gone(System),
    /// A system answers, but its Watchdog does not fire.
    NoHeartbeat(System),
    /// So much more of a stream is bad.
    Bad(Stream, f64),
    /// An instance of the edge is not up.
    Down(&'static str),
}

/// One row of the script.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Step {
    /// From when, counted from the start of the story or of the episode.
    pub at: TimeDelta,
    /// For how long.
    pub lasts: TimeDelta,
    /// What.
    pub effect: Effect,
}

/// Episodes that are played one after another, each in a slot of its own.
#[derive(Debug)]
pub(super) struct Track {
    /// The length of a slot.
    pub slot: TimeDelta,
    /// What is played once a round.
    pub episodes: &'static [&'static [Step]],
}

/// How long an episode is.
pub(super) fn length(episode: &[Step]) -> TimeDelta {
    episode.iter().map(|step| step.at + step.lasts).max().unwrap_or_default()
}

/// From the second `from` to the second `to`.
const fn step(from: i64, to: i64, effect: Effect) -> Step {
    Step { at: TimeDelta::seconds(from), lasts: TimeDelta::seconds(to - from), effect }
}

const MIN: i64 = 60;
const HOUR: i64 = 60 * MIN;
const DAY: i64 = 24 * HOUR;

/// What an alert is unless it says more.
const ALERT: Alert =
    Alert { system: System::Prom, name: "", severity: "warning", labels: &[], summary: "", value: 1.0, instances: 1 };

static PAY_DB: Alert = Alert {
    name: "ReplicationBroken",
    severity: "major",
    labels: &[("service", "payments"), ("role", "db"), ("instance", "pay-db-1"), ("team", "commerce")],
    summary: "replication broken: replica pay-db-2 stopped applying, commits wait",
    ..ALERT
};
static PAY_API_1: Alert = Alert {
    name: "PodDown",
    severity: "critical",
    labels: &[("service", "payments"), ("pod", "pay-api-1"), ("team", "commerce")],
    summary: "pay-api-1 is down: killed for memory 6 times in 10 minutes",
    value: 0.0,
    ..ALERT
};
static PAY_API_2: Alert = Alert {
    labels: &[("service", "payments"), ("pod", "pay-api-2"), ("team", "commerce")],
    summary: "pay-api-2 is down: readiness probe fails",
    ..PAY_API_1
};
static SEARCH_SLOW: Alert = Alert {
    name: "SearchSlow",
    labels: &[("service", "search"), ("team", "discovery")],
    summary: "search answers slowly: 95th percentile 1.9 s, allowed 0.8 s",
    value: 1.9,
    ..ALERT
};
static SEARCH_2: Alert = Alert {
    name: "IndexNodeUnhealthy",
    severity: "major",
    labels: &[("service", "search"), ("node", "search-2"), ("team", "discovery")],
    summary: "index node search-2 left the cluster",
    ..ALERT
};
static SEARCH_3: Alert = Alert {
    labels: &[("service", "search"), ("node", "search-3"), ("team", "discovery")],
    summary: "index node search-3 left the cluster",
    ..SEARCH_2
};
static LOGIN_1: Alert = Alert {
    name: "PodDown",
    severity: "critical",
    labels: &[("service", "login"), ("pod", "login-1"), ("team", "platform")],
    summary: "login-1 is down: certificate of its sidecar expired",
    value: 0.0,
    ..ALERT
};
static RECOMMENDER: Alert = Alert {
    name: "ModelStale",
    severity: "major",
    labels: &[("service", "recommendations"), ("team", "discovery")],
    summary: "recommendations serve yesterday's model: training job failed",
    ..ALERT
};
static CERTIFICATE: Alert = Alert {
    name: "CertificateExpiresSoon",
    labels: &[("service", "shop"), ("team", "platform")],
    summary: "certificate of the shop expires in 13 days",
    value: 13.0,
    ..ALERT
};
static ERP_REBUILD: Alert = Alert {
    name: "ReplicaRebuilding",
    severity: "major",
    labels: &[("service", "erp"), ("role", "db"), ("team", "back-office")],
    summary: "erp-db rebuilds its replica, writes are blocked",
    ..ALERT
};
static STORE_LINE: Alert = Alert {
    system: System::PromEdge,
    name: "LineLossy",
    labels: &[("job", "store-lines"), ("site", "leipzig"), ("team", "network")],
    summary: "line of the Leipzig store loses 4 % of its packets",
    value: 0.04,
    ..ALERT
};
static QUEUE_LAG: Alert = Alert {
    system: System::Alertmanager,
    name: "QueueLag",
    severity: "major",
    labels: &[("component", "dispatch-queue"), ("site", "hub-kassel"), ("team", "logistics")],
    summary: "dispatch queue lag 1,204 s, allowed 300 s",
    value: 1204.0,
    ..ALERT
};
static SCANNERS: Alert = Alert {
    system: System::Alertmanager,
    name: "ScannerOffline",
    severity: "minor",
    labels: &[("component", "scanners"), ("site", "hub-kassel"), ("team", "logistics")],
    summary: "hand scanner is offline",
    instances: 30,
    ..ALERT
};

static QUEUE_SILENCE: Silence = Silence {
    matchers: &[("alertname", "QueueLag"), ("component", "dispatch-queue")],
    author: "mkoch",
    comment: "carrier sends its labels late, queue drains by itself, RT-57",
};

const TICKET: Ticket = Ticket {
    id: 0,
    subject: "",
    service: "",
    urgency: "P2",
    owner: "mkoch",
    taken_after: TimeDelta::minutes(4),
    stalled: false,
};
static PAY_DB_TICKET: Ticket = Ticket {
    id: 42,
    subject: "Payments fail: replication of pay-db is broken",
    service: "pay-db",
    urgency: "P1",
    owner: "anja",
    taken_after: TimeDelta::seconds(75),
    ..TICKET
};
static PAY_API_TICKET: Ticket = Ticket {
    id: 0,
    subject: "Payments fail: no node of pay-api is left",
    service: "pay-api-2",
    taken_after: TimeDelta::seconds(50),
    ..PAY_DB_TICKET
};
static QUEUE_TICKET: Ticket =
    Ticket { id: 57, subject: "Dispatch queue lags 20 minutes behind", service: "dispatch-queue", ..TICKET };
static CRM_TICKET: Ticket =
    Ticket { id: 51, subject: "CRM shows callers without their orders", service: "crm", owner: "tariq", ..TICKET };
static PRINTER_TICKET: Ticket = Ticket {
    id: 49,
    subject: "Label printer 3 jams, part ordered from the vendor",
    service: "label-printers",
    urgency: "P3",
    stalled: true,
    ..TICKET
};
static ERP_TICKET: Ticket = Ticket {
    id: 55,
    subject: "Replica of erp-db to be rebuilt in the maintenance window",
    service: "erp-db",
    urgency: "P3",
    owner: "tariq",
    ..TICKET
};
static LOGIN_TICKET: Ticket = Ticket {
    id: 53,
    subject: "Two customers could not reset their password",
    service: "login",
    owner: "anja",
    ..TICKET
};

/// When the tracks begin.
pub(super) const OPENING_ENDS: TimeDelta = TimeDelta::minutes(14);

/// Since when the declared maintenance is under way at the start; its length is in the map.
pub(super) const MAINTENANCE_AGE: TimeDelta = TimeDelta::minutes(25);

use Effect::{Bad, Down, Fire, Gone, NoHeartbeat, Pend, Ticket as Open};

/// Told once: a shift that is under way, and its next quarter of an hour.
pub(super) static OPENING: &[Step] = &[
    // What older figures rest on.
    step(-17 * DAY, -17 * DAY + 95 * MIN, Bad(Stream::Login, 0.05)),
    step(-(12 * DAY + 14 * HOUR), -(12 * DAY + 13 * HOUR), Bad(Stream::Tracking, 0.3)),
    step(-3 * DAY, 13 * MIN, Bad(Stream::Search, 0.0095)),
    // An acknowledged incident.
    step(-124 * MIN, 10 * MIN, Fire(&QUEUE_LAG)),
    step(-118 * MIN, 10 * MIN, Effect::Silence(&QUEUE_SILENCE)),
    step(-121 * MIN, 11 * MIN, Open(&QUEUE_TICKET)),
    // What redundancy absorbs.
    step(-38 * MIN, 12 * MIN, Fire(&PAY_API_1)),
    // An objective that burns sixteen times as fast as it may.
    step(-185 * MIN, 25 * MIN, Bad(Stream::Shop, 0.0158)),
    // A warning.
    step(-12 * MIN, 13 * MIN, Fire(&SEARCH_SLOW)),
    step(-12 * MIN, 13 * MIN, Bad(Stream::Search, 0.027)),
    // Other work.
    step(-26 * HOUR, 6 * HOUR, Open(&CRM_TICKET)),
    step(-52 * HOUR, 40 * HOUR, Open(&PRINTER_TICKET)),
    step(-20 * HOUR, 2 * HOUR, Open(&ERP_TICKET)),
    step(-9 * HOUR, -5 * HOUR, Open(&LOGIN_TICKET)),
    // The outage.
    step(20, 8 * MIN, Fire(&PAY_DB)),
    step(20, 400, Bad(Stream::Orders, 0.93)),
    step(20, 400, Bad(Stream::Shop, 0.03)),
    step(40, 8 * MIN + 30, Open(&PAY_DB_TICKET)),
    // A source is lost and comes back; a heartbeat stops; a flood.
    step(90, 5 * MIN, Gone(System::PromEdge)),
    step(2 * MIN, 4 * MIN, Pend(&CERTIFICATE)),
    step(6 * MIN, 9 * MIN, NoHeartbeat(System::Alertmanager)),
    step(9 * MIN, 11 * MIN, Fire(&SCANNERS)),
];

/// Every day within the declared maintenance: counted from its begin.
pub(super) static DAILY: &[Step] = &[step(4 * MIN, 110 * MIN, Fire(&ERP_REBUILD))];

/// What plays after the opening, for ever.
pub(super) static TRACKS: &[Track] = &[
    Track {
        slot: TimeDelta::minutes(10),
        episodes: &[
            &[
                step(0, 400, Fire(&PAY_DB)),
                step(0, 325, Bad(Stream::Orders, 0.93)),
                step(0, 325, Bad(Stream::Shop, 0.03)),
                step(20, 430, Open(&PAY_DB_TICKET)),
            ],
            &[
                step(0, 480, Fire(&PAY_API_1)),
                step(90, 330, Fire(&PAY_API_2)),
                step(90, 255, Bad(Stream::Orders, 0.97)),
                step(90, 255, Bad(Stream::Shop, 0.05)),
                step(110, 360, Open(&PAY_API_TICKET)),
            ],
            &[
                step(0, 500, Fire(&QUEUE_LAG)),
                step(30, 510, Open(&QUEUE_TICKET)),
                step(45, 500, Effect::Silence(&QUEUE_SILENCE)),
            ],
            &[
                step(0, 420, Fire(&SEARCH_SLOW)),
                step(0, 420, Bad(Stream::Search, 0.03)),
                step(120, 380, Fire(&SEARCH_2)),
                step(200, 320, Fire(&SEARCH_3)),
            ],
            &[step(0, 300, Fire(&LOGIN_1)), step(120, 240, Pend(&CERTIFICATE))],
            &[],
        ],
    },
    Track {
        slot: TimeDelta::minutes(7),
        episodes: &[
            &[step(0, 220, Gone(System::PromEdge))],
            &[step(0, 180, NoHeartbeat(System::Alertmanager))],
            &[step(0, 120, Fire(&SCANNERS))],
            &[step(0, 300, Down("edge-2")), step(30, 240, Down("edge-4")), step(90, 180, Down("edge-5"))],
            &[step(0, 380, Bad(Stream::Shop, 0.0158))],
            &[step(0, 240, Fire(&STORE_LINE)), step(60, 300, Fire(&RECOMMENDER))],
            &[],
        ],
    },
];
