//! What happens to the company, as a pure function of the story's time: nothing is stored and nothing is advanced,
//! so that any instant, also weeks ahead, costs the same and needs no memory.
//!
//! The [`super::script`] tells an opening once. After it two tracks play for ever, each a row of slots of one
//! length; every round plays all episodes of a track once, in an order and with delays drawn from the seed. Because
//! the tracks' slots differ in length, their episodes meet in ever other ways.
//!
//! Invariant: an episode ends within its slot, so a stretch of time touches only the slots that it lies in.

use chrono::{Datelike, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike};
use chrono_tz::Tz;

use super::Options;
use super::script::{self, Effect, Step, Track};
use super::traffic::Stream;
use crate::domain::span::{Instant, Span};

/// Where the company's days begin.
pub(super) const ZONE: Tz = Tz::Europe__Berlin;
/// The budget of checkout availability that would be left at the end of the month if nothing more happened than ever
/// does, and its target's error budget.
const LEFT_AT_END: f64 = 0.06;
const CHECKOUT_BUDGET: f64 = 0.001;

/// What an outage of the shop counts, after the opening, towards the checkout's budget: in the month of the start,
/// which has little left, and in any other. An outage an hour as bad as the opening's would use up a month's budget in
/// four days, and a promise that is missed for good is no story.
const LATER: [f64; 2] = [0.005, 0.1];

/// A step that is playing, or has played.
#[derive(Clone, Copy, Debug)]
pub(super) struct Played<'a> {
    /// What it does.
    pub effect: &'a Effect,
    /// When, by the clock on the wall.
    pub span: Span,
    /// Distinguishes repetitions: 0 in the opening, then a number for every slot of a track.
    pub slot: u32,
}

/// The story of one run.
#[derive(Clone, Debug)]
pub(super) struct Story {
    started: Instant,
    options: Options,
    opening: Vec<Step>,
}

impl Story {
    /// The story that begins at an instant.
    pub fn beginning(started: Instant, options: Options) -> Self {
        let mut story = Self { started, options, opening: script::OPENING.to_vec() };
        story.opening.extend(story.earlier_this_month());
        story
    }

    /// When it began.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// An instant of the story, a while of its own time after another.
    pub fn after(&self, at: Instant, delta: TimeDelta) -> Instant {
        self.wall(self.told(at) + delta)
    }

    /// The state of the company at an instant of the story: the steps that play then.
    pub fn state(&self, at: Instant) -> Vec<Played<'_>> {
        let mut playing = self.playing(Span::new(at, at + TimeDelta::microseconds(1)));
        playing.retain(|step| step.span.contains(at));
        playing
    }

    /// The steps that play in a stretch, in the order of the script.
    pub fn playing(&self, span: Span) -> Vec<Played<'_>> {
        let (from, to) = (self.told(span.start), self.told(span.end));
        let mut playing: Vec<_> = self.opening.iter().map(|step| self.played(step, TimeDelta::zero(), 0)).collect();
        for (track, salt) in script::TRACKS.iter().zip(1_u64..) {
            self.play(track, salt, (from, to), &mut playing);
        }
        playing.extend(script::DAILY.iter().flat_map(|step| self.daily(step, span)));
        playing.retain(|step| step.span.intersection(span).is_some());
        playing
    }

    /// What the story adds to the bad share of a stream in a stretch.
    pub fn bad(&self, stream: Stream, span: Span) -> f64 {
        let added = self.playing(span).into_iter().filter_map(|step| match step.effect {
            Effect::Bad(of, share) if *of == stream => Some((step.span, *share * self.counts(stream, &step))),
            _ => None,
        });
        stream.bad(span, added)
    }

    /// How much of what the story adds to a stream counts.
    fn counts(&self, stream: Stream, step: &Played<'_>) -> f64 {
        let month = |at: Instant| (at.with_timezone(&ZONE).year(), at.with_timezone(&ZONE).month());
        match (stream, step.slot) {
            (Stream::Shop, 1..) => LATER[usize::from(month(step.span.start) != month(self.started))],
            _ => 1.0,
        }
    }

    /// Adds the steps of the slots that a stretch of the story touches.
    fn play<'a>(&'a self, track: &'a Track, salt: u64, (from, to): (TimeDelta, TimeDelta), into: &mut Vec<Played<'a>>) {
        let slot_of = |at: TimeDelta| {
            let micros = (at - script::OPENING_ENDS).num_microseconds().unwrap_or(i64::MAX);
            micros.div_euclid(track.slot.num_microseconds().unwrap_or(i64::MAX))
        };
        let round = i64::try_from(track.episodes.len()).unwrap_or(1);
        for slot in slot_of(from).max(0)..=slot_of(to).min(i32::MAX.into()) {
            let order = Draw::of(self.options.seed, salt, (slot / round) as u64).order(track.episodes.len());
            let episode = track.episodes[order[(slot % round) as usize]];
            let spare = (track.slot - script::length(episode)).num_seconds().max(1) as u64;
            let delay = Draw::of(self.options.seed, salt << 8, slot as u64).next().1 % spare;
            let delay = TimeDelta::seconds(i64::try_from(delay).unwrap_or_default());
            let begin = script::OPENING_ENDS + track.slot * slot as i32 + delay;
            into.extend(episode.iter().map(|step| self.played(step, begin, slot as u32 + 1)));
        }
    }

    fn played<'a>(&self, step: &'a Step, begin: TimeDelta, slot: u32) -> Played<'a> {
        let at = begin + step.at;
        Played { effect: &step.effect, span: Span::new(self.wall(at), self.wall(at + step.lasts)), slot }
    }

    /// A step that comes every day, at a time of day counted from the start of the story, on the days of a stretch.
    fn daily<'a>(&self, step: &'a Step, span: Span) -> impl Iterator<Item = Played<'a>> {
        let first = self.maintenance_begins();
        let days = (span.start - self.started).num_days() - 2..=(span.end - self.started).num_days() + 1;
        days.filter(|day| (-40..40_000).contains(day)).map(move |day| {
            let begin = local(first + TimeDelta::days(day)) + step.at;
            Played { effect: &step.effect, span: Span::new(begin, begin + step.lasts), slot: 0 }
        })
    }

    /// When the declared maintenance begins on the day of the start: it is under way when the story begins.
    pub fn maintenance_begins(&self) -> NaiveDateTime {
        let begun = (self.started - script::MAINTENANCE_AGE).with_timezone(&ZONE).naive_local();
        begun.with_second(0).and_then(|begun| begun.with_nanosecond(0)).unwrap_or(begun)
    }

    /// An instant in the story's own time. What was before the start is not told faster.
    fn told(&self, at: Instant) -> TimeDelta {
        let since = at - self.started;
        if since > TimeDelta::zero() { scale(since, self.options.speed) } else { since }
    }

    /// The inverse of [`Story::told`].
    fn wall(&self, told: TimeDelta) -> Instant {
        let since = if told > TimeDelta::zero() { scale(told, 1.0 / self.options.speed) } else { told };
        self.started + since
    }

    /// An incident earlier this month, as bad as it takes to leave [`LEFT_AT_END`] of the checkout's budget. In the
    /// first hours of a month there is no room for one, or only for a milder one.
    fn earlier_this_month(&self) -> Option<Step> {
        let today = self.started.with_timezone(&ZONE).date_naive();
        let midnight = |date: chrono::NaiveDate| local(date.and_time(NaiveTime::MIN));
        let begins = midnight(today.with_day(1)?);
        let ends = midnight(today.with_day(1)?.checked_add_months(chrono::Months::new(1))?);
        let so_far = Span::new(begins, self.started);
        let latest = self.started - TimeDelta::hours(4);
        let lasts = TimeDelta::minutes(90).min((latest - begins) / 2);
        if lasts < TimeDelta::minutes(5) {
            return None;
        }
        // More than four days back it is out of the burn rates' sight, and at noon there is enough to go wrong; in a
        // young month it is as late as it can be.
        let day = (self.started - TimeDelta::hours(4 * 24 + 12)).date_naive();
        let noon = day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::minutes(11 * 60 + 30);
        let begin = if noon > begins { noon } else { latest - lasts };
        let whole = (ends - begins).as_seconds_f64() / (self.started - begins).as_seconds_f64();
        let allowed = (1.0 - LEFT_AT_END) * CHECKOUT_BUDGET * Stream::Shop.volume(so_far) * whole;
        let to_come = Stream::Shop.bad(Span::new(self.started, ends), std::iter::empty());
        let missing = allowed - to_come - self.bad(Stream::Shop, so_far);
        let share = missing / Stream::Shop.volume(Span::new(begin, begin + lasts));
        let effect = Effect::Bad(Stream::Shop, share.clamp(0.0, 0.6));
        Some(Step { at: begin - self.started, lasts, effect })
    }
}

/// The instant of a local time; the next valid one where summer time skips it.
fn local(at: NaiveDateTime) -> Instant {
    let found = ZONE.from_local_datetime(&at).earliest();
    found.unwrap_or_else(|| ZONE.from_utc_datetime(&(at - TimeDelta::hours(1)))).to_utc()
}

fn scale(delta: TimeDelta, factor: f64) -> TimeDelta {
    let micros = delta.num_microseconds().unwrap_or(i64::MAX) as f64 * factor;
    TimeDelta::microseconds(micros.round() as i64)
}

/// Numbers that look random and depend on nothing but their seeds (`SplitMix64`).
#[derive(Clone, Copy)]
struct Draw(u64);

impl Draw {
    fn of(seed: u64, salt: u64, number: u64) -> Self {
        let mixed = Self(seed ^ salt.rotate_left(32)).next().1;
        Self(mixed ^ number)
    }

    fn next(self) -> (Self, u64) {
        let state = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (Self(state), z ^ (z >> 31))
    }

    /// A permutation of 0..n.
    fn order(mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for last in (1..n).rev() {
            let (next, number) = self.next();
            self = next;
            order.swap(last, (number % (last as u64 + 1)) as usize);
        }
        order
    }
}

#[cfg(test)]
mod tests;
