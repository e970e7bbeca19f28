//! The loop: wait, take what came, update, do what is wanted, draw once and only if something changed.
//!
//! It knows neither the model nor the terminal but through [`Program`] and [`Output`], so that tests drive it with
//! programs of their own. Invariants: with nothing to show and no deadline it sleeps without a timer; keys are answered
//! at once, data at most so often as the line bears.

use std::io::{self, Write};
use std::time::{Duration, Instant as Monotonic};

use ratatui::layout::Rect;

use super::inbox::{Batch, Inbox};
use crate::app::message::{Effect, Message};
use crate::domain::span::Instant;
use crate::term::output::Output;
use crate::term::session::{Session, Stop, has_shell};
use crate::view::scene::Scene;

/// The least time between two frames of data while the terminal has not the focus.
const UNSEEN: Duration = Duration::from_secs(1);

/// What runs in the loop: a model and its views.
pub trait Program {
    /// Takes one message.
    fn update(&mut self, message: Message, now: Instant) -> Vec<Effect>;

    /// When the screen changes by itself.
    fn deadline(&self, now: Instant) -> Option<Instant>;

    /// Draws a frame.
    fn draw(&self, area: Rect) -> Scene;
}

/// What the loop needs of the world outside, apart from the terminal's output.
pub trait Outside {
    /// The time of day.
    fn now(&self) -> Instant;

    /// A clock that never jumps.
    fn monotonic(&self) -> Monotonic;

    /// The size of the screen in columns and rows.
    fn size(&self) -> (u16, u16);

    /// Does what is neither for the terminal nor for the loop: asking sources, reading the configuration again.
    fn run(&mut self, effect: Effect);
}

/// The loop with what it owns.
pub struct Console<P, O, W> {
    program: P,
    outside: O,
    output: Output<W>,
    /// The terminal, where there is one to give back.
    session: Option<Session>,
    inbox: Inbox,
    frame_time: Duration,
    size: (u16, u16),
    /// Something may look otherwise than on the screen.
    is_dirty: bool,
    /// When the screen changes by itself, as seen when the wait began.
    due: Option<Instant>,
    /// Somebody may be looking: what nobody looks at is drawn seldom.
    is_focused: bool,
    /// The terminal is not ours at the moment.
    is_suspended: bool,
    frames: Frames,
}

/// When frames were drawn last.
#[derive(Default)]
struct Frames {
    /// For data.
    any: Option<Monotonic>,
    /// For a key.
    key: Option<Monotonic>,
    /// A key waits for its answer.
    key_waits: bool,
}

/// Why the loop ended.
enum Turn {
    On,
    End(u8),
}

impl<P: Program, O: Outside, W: Write> Console<P, O, W> {
    /// A console that has drawn nothing yet.
    pub fn new(
        program: P,
        outside: O,
        output: Output<W>,
        session: Option<Session>,
        inbox: Inbox,
        frame_time: Duration,
    ) -> Self {
        let size = outside.size();
        Self {
            program,
            outside,
            output,
            session,
            inbox,
            frame_time,
            size,
            is_dirty: true,
            due: None,
            is_focused: true,
            is_suspended: false,
            frames: Frames::default(),
        }
    }

    /// Runs until the end; returns the exit code.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn run(mut self) -> io::Result<u8> {
        let code = loop {
            self.draw_if_due()?;
            let patience = self.patience();
            let batch = self.inbox.take(patience);
            if let Turn::End(code) = self.turn(batch)? {
                break code;
            }
        };
        self.inbox.close();
        // First the terminal, then whatever takes its time to end.
        drop(self.session.take());
        Ok(code)
    }

    /// One turn: everything that came.
    fn turn(&mut self, batch: Batch) -> io::Result<Turn> {
        if let Some(code) = batch.end {
            return Ok(Turn::End(code));
        }
        if batch.resumed {
            self.resume()?;
        }
        let now = self.outside.now();
        let is_due = self.due.take_if(|due| *due <= now).is_some();
        for message in batch.messages.into_iter().chain(is_due.then_some(Message::Tick)) {
            if let Turn::End(code) = self.take(message, now)? {
                return Ok(Turn::End(code));
            }
        }
        if batch.suspend {
            self.suspend(Stop::Process)?;
        }
        Ok(Turn::On)
    }

    fn take(&mut self, message: Message, now: Instant) -> io::Result<Turn> {
        self.is_dirty = true;
        match message {
            Message::Resize(columns, rows) => self.size = (columns, rows),
            Message::Key(_) | Message::Mouse(_) => self.frames.key_waits = true,
            Message::Focus(focused) => self.is_focused = focused,
            _ => {}
        }
        for effect in self.program.update(message, now) {
            match effect {
                Effect::Quit => return Ok(Turn::End(0)),
                Effect::Suspend if has_shell() => self.suspend(Stop::Group)?,
                Effect::Suspend => self.say("no shell started this console, so there is none to go back to"),
                Effect::Repaint => self.output.forget(),
                Effect::Notify { text, bell } => self.output.notify(&text, bell)?,
                Effect::Copy(text) => {
                    let copied = self.output.copy(&text)?;
                    self.say(if copied { "copied" } else { "too long for the clipboard" });
                }
                other => self.outside.run(other),
            }
        }
        Ok(Turn::On)
    }

    fn say(&self, text: &str) {
        self.inbox.noticed(Message::Notice(text.to_owned()));
    }

    fn suspend(&mut self, who: Stop) -> io::Result<()> {
        if let Some(session) = &self.session
            && !self.is_suspended
        {
            self.is_suspended = true;
            session.suspend(who)?;
            // Stopped here, and continued: the signal of that is on its way to the inbox.
        }
        Ok(())
    }

    fn resume(&mut self) -> io::Result<()> {
        if let Some(session) = &self.session {
            session.enter()?;
        }
        self.is_suspended = false;
        self.size = self.outside.size();
        self.inbox.resized(self.size);
        self.output.forget();
        self.is_dirty = true;
        self.frames = Frames { key_waits: true, ..Frames::default() };
        Ok(())
    }

    /// How long to wait at most; `None`: until something comes.
    fn patience(&mut self) -> Option<Duration> {
        let now = self.outside.now();
        // While suspended nothing is shown, so nothing changes by itself.
        self.due = self.program.deadline(now).filter(|_| !self.is_suspended);
        let deadline = self.due.map(|due| (due - now).to_std().unwrap_or_default());
        let frame = (self.is_dirty && !self.is_suspended).then(|| self.until_frame());
        [deadline, frame].into_iter().flatten().min()
    }

    /// How long until a frame may be drawn. Data and keys are paced apart, so that a key is answered at once even
    /// where a world was drawn just before.
    fn until_frame(&self) -> Duration {
        let (last, pace) = match (self.frames.key_waits, self.is_focused) {
            (true, _) => (self.frames.key, self.frame_time),
            (false, true) => (self.frames.any, self.frame_time),
            (false, false) => (self.frames.any, self.frame_time.max(UNSEEN)),
        };
        last.map_or(Duration::ZERO, |last| (last + pace).saturating_duration_since(self.outside.monotonic()))
    }

    fn draw_if_due(&mut self) -> io::Result<()> {
        if !self.is_dirty || self.is_suspended || !self.until_frame().is_zero() {
            return Ok(());
        }
        let (columns, rows) = self.size;
        let scene = self.program.draw(Rect::new(0, 0, columns, rows));
        self.output.show(&scene)?;
        self.is_dirty = false;
        let now = self.outside.monotonic();
        self.frames.any = Some(now);
        if std::mem::take(&mut self.frames.key_waits) {
            self.frames.key = Some(now);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
