//! The keys of a source of type `http-json`: any API, described.

use super::super::scalar::Scalar;
use super::{Key, Keys, Kind, TEXT, may, must};

const VALUE: Kind = Kind::One(Scalar::Value);
const TEST: Kind = Kind::One(Scalar::Test);
const POINTER: Kind = Kind::One(Scalar::Pointer);
const COUNT: Kind = Kind::One(Scalar::Count(1));
const GIVES: Kind = Kind::One(Scalar::Word(&["alerts", "checks", "tickets", "changes"]));
const METHODS: Kind = Kind::One(Scalar::Word(&["GET", "POST"]));

pub(super) const KEYS: &[Key] = &[
    may(
        "gives",
        GIVES,
        "What its items are. Of checks each must be there: one that is missing is unknown. Default: alerts.",
    ),
    must("request", Kind::Table(&REQUEST), "What is asked."),
    may("paging", Kind::Table(&PAGING), "How the next page is found: one of link, page, offset, and cursor with at."),
    may("items", POINTER, "Where the list of items is, or the object of them. Default: the whole answer."),
    must("fields", Kind::Table(&FIELDS), "What the parts of an item mean."),
];

static REQUEST: Keys = Keys::new(
    "request",
    "What is asked. {now}, {now-7d} and the like in query and body become instants.",
    &[&[
        must("path", TEXT, "The path below `url`."),
        may(
            "method",
            METHODS,
            "POST only where the API is asked so; it must change nothing. Default: GET, with a body POST.",
        ),
        may(
            "query",
            Kind::Free(Scalar::Text, &Kind::Either(&[TEXT, Kind::List(&TEXT)])),
            "Pairs of the query; a list repeats the key.",
        ),
        may("headers", Kind::Free(Scalar::Text, &TEXT), "Further headers; credentials belong in `auth`."),
        may("body", TEXT, "A body of JSON, sent as it is."),
    ]],
);

static PAGING: Keys = Keys::new(
    "paging",
    "How the next page is found.",
    &[&[
        may("link", TEXT, "Where the address of the next page is: \"header\" for the Link header, or a JSON pointer."),
        may("page", TEXT, "The pair of the query that counts pages."),
        may("first", Kind::One(Scalar::Count(0)), "The number of the first page. Default: 1."),
        may("offset", TEXT, "The pair of the query that counts items."),
        may("cursor", TEXT, "The pair of the query that takes the cursor."),
        may("at", POINTER, "Where the next cursor is."),
        may("size", COUNT, "The items of a full page: a shorter one is the last."),
        may("most", COUNT, "The most pages that are read. Default: 50."),
    ]],
);

static FIELDS: Keys = Keys::new(
    "fields",
    "What the parts of an item mean: JSON pointers, texts with pointers in braces, or texts.",
    &[&[
        must("id", VALUE, "What tells items apart. @key is the name or number under which the item stands."),
        may("labels", Kind::Free(Scalar::Text, &VALUE), "What matchers look at."),
        may("summary", VALUE, "One line for an operator."),
        may("link", VALUE, "Where to look at it."),
        may("severity", VALUE, "The word that `severity` of the source translates."),
        may("unknown", TEST, "Whether a check says that it does not know."),
        may("acknowledged", TEST, "Whether somebody takes care of it."),
        may("maintenance", TEST, "Whether it is in maintenance."),
        may("by", VALUE, "Who takes care of it, and why."),
        may("since", VALUE, "When it began."),
        may("status", VALUE, "A ticket's state."),
        may("closed", TEST, "Whether a ticket is done."),
        may("owner", VALUE, "Who works on a ticket."),
        may("created", VALUE, "When a ticket was opened."),
        may("responded", VALUE, "When it was first answered."),
        may("updated", VALUE, "When it was last updated for the requestor."),
        may("resolved", VALUE, "When it was resolved."),
        may("due", VALUE, "When it is due."),
        may("start", VALUE, "When a change begins."),
        may("end", VALUE, "When a change ends. Default: an hour later."),
    ]],
);
