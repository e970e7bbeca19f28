//! What waits for the main thread.
//!
//! A channel of its own kind, as what comes in differs in how it may be lost: keys never (whoever brings them waits
//! while there is no room, so they stay in the terminal's queue), of worlds and sizes only the newest counts, and of
//! notices the newest few. So it is bounded whatever happens, and input is always first.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::app::message::Message;
use crate::domain::world::World;

/// So many keys may wait.
const KEYS: usize = 256;

/// So many notices may wait.
const NOTICES: usize = 32;

/// What waits for the main thread. Cheap to clone: all clones are the same inbox.
#[derive(Clone, Default, Debug)]
pub struct Inbox(Arc<Shared>);

#[derive(Default, Debug)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// Something came.
    news: Condvar,
    /// Keys were taken out.
    room: Condvar,
}

#[derive(Default, Debug)]
struct Waiting {
    batch: Batch,
    size: Option<(u16, u16)>,
    keys: VecDeque<Message>,
    notices: VecDeque<Message>,
    /// What came of effects that somebody waits for.
    answers: VecDeque<Message>,
    world: Option<Arc<World>>,
    /// The newest world under assumptions.
    supposed: Option<Arc<World>>,
    /// Nobody reads any more.
    closed: bool,
}

/// What came since the last look.
#[derive(Default, Debug)]
pub struct Batch {
    /// To end, with an exit code.
    pub end: Option<u8>,
    /// To stop, as a signal asked.
    pub suspend: bool,
    /// The process was stopped and continued.
    pub resumed: bool,
    /// What came, in the order to take it: size, keys, notices, answers, worlds.
    pub messages: Vec<Message>,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        let Self { batch, size, keys, notices, answers, world, supposed, closed: _ } = self;
        let control = batch.end.is_some() || batch.suspend || batch.resumed;
        let heard = !keys.is_empty() || !notices.is_empty() || !answers.is_empty();
        !control && !heard && size.is_none() && world.is_none() && supposed.is_none()
    }

    fn take(&mut self) -> Batch {
        let mut batch = std::mem::take(&mut self.batch);
        batch.messages.extend(self.size.take().map(|(columns, rows)| Message::Resize(columns, rows)));
        batch.messages.extend(self.keys.drain(..));
        batch.messages.extend(self.notices.drain(..));
        batch.messages.extend(self.answers.drain(..));
        batch.messages.extend(self.world.take().into_iter().chain(self.supposed.take()).map(Message::World));
        batch
    }
}

impl Inbox {
    /// Brings what was typed. Waits while there is no room.
    pub fn typed(&self, message: Message) {
        let mut waiting = self.0.room.wait_while(self.lock(), |waiting| waiting.keys.len() >= KEYS && !waiting.closed);
        if let Ok(waiting) = &mut waiting {
            waiting.keys.push_back(message);
        }
        drop(waiting);
        self.0.news.notify_one();
    }

    /// Brings the size of the screen.
    pub fn resized(&self, size: (u16, u16)) {
        self.bring(|waiting| waiting.size = Some(size));
    }

    /// Brings a world; one of its kind that still waits is outdated.
    pub fn published(&self, world: Arc<World>) {
        self.bring(|waiting| {
            let slot = if world.assumed.is_empty() { &mut waiting.world } else { &mut waiting.supposed };
            *slot = Some(world);
        });
    }

    /// Brings anything else; where too much waits, the oldest goes.
    pub fn noticed(&self, message: Message) {
        self.bring(|waiting| {
            if waiting.notices.len() >= NOTICES {
                waiting.notices.pop_front();
            }
            waiting.notices.push_back(message);
        });
    }

    /// Brings what came of an effect that somebody waits for: none is lost. There are never more than were asked for.
    pub fn answered(&self, message: Message) {
        self.bring(|waiting| waiting.answers.push_back(message));
    }

    /// Asks for the end.
    pub fn end(&self, code: u8) {
        self.bring(|waiting| {
            waiting.batch.end.get_or_insert(code);
        });
    }

    /// Asks to stop, as a signal does.
    pub fn suspend(&self) {
        self.bring(|waiting| waiting.batch.suspend = true);
    }

    /// Tells that the process was continued.
    pub fn resumed(&self) {
        self.bring(|waiting| waiting.batch.resumed = true);
    }

    /// Waits until something comes, or until so much time has passed, and takes all there is.
    pub fn take(&self, patience: Option<Duration>) -> Batch {
        let waiting = self.lock();
        let mut waiting = match patience {
            None => {
                self.0.news.wait_while(waiting, |waiting| waiting.is_empty()).unwrap_or_else(PoisonError::into_inner)
            }
            Some(patience) => {
                let waited = self.0.news.wait_timeout_while(waiting, patience, |waiting| waiting.is_empty());
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        let had_keys = !waiting.keys.is_empty();
        let batch = waiting.take();
        drop(waiting);
        if had_keys {
            self.0.room.notify_all();
        }
        batch
    }

    /// Nobody will read any more: those who wait for room go on.
    pub fn close(&self) {
        self.lock().closed = true;
        self.0.room.notify_all();
    }

    fn bring(&self, put: impl FnOnce(&mut Waiting)) {
        put(&mut self.lock());
        self.0.news.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::key::{Key, KeyCode};
    use crate::domain::span::Instant;

    fn key(char: char) -> Message {
        Message::Key(Key { code: KeyCode::Char(char), ctrl: false, alt: false, shift: false })
    }

    #[test]
    fn input_is_first_and_only_the_newest_world_and_size_count() {
        let inbox = Inbox::default();
        for second in 0..5 {
            let world = World::empty(Instant::from_timestamp(second, 0).expect("in range"));
            inbox.published(Arc::new(world));
            inbox.resized((80, 20 + second as u16));
        }
        inbox.noticed(Message::Notice("asked".into()));
        inbox.typed(key('j'));
        let batch = inbox.take(None);
        let [Message::Resize(80, 24), Message::Key(_), Message::Notice(_), Message::World(world)] = &batch.messages[..]
        else {
            panic!("{:?}", batch.messages)
        };
        assert_eq!(world.at.timestamp(), 4);
        assert!(inbox.take(Some(Duration::ZERO)).messages.is_empty());
    }

    #[test]
    fn keys_wait_for_room_and_notices_do_not() {
        let inbox = Inbox::default();
        let typist = std::thread::spawn({
            let inbox = inbox.clone();
            move || (0..2 * KEYS).for_each(|_| inbox.typed(key('x')))
        });
        let mut taken = 0;
        while taken < 2 * KEYS {
            let batch = inbox.take(None);
            assert!(batch.messages.len() <= KEYS);
            taken += batch.messages.len();
        }
        typist.join().expect("no panic");
        (0..100).for_each(|_| inbox.noticed(Message::Tick));
        assert_eq!(inbox.take(None).messages.len(), NOTICES);
    }

    #[test]
    fn the_first_end_counts_and_a_closed_inbox_holds_nobody() {
        let inbox = Inbox::default();
        inbox.end(143);
        inbox.end(129);
        assert_eq!(inbox.take(None).end, Some(143));
        inbox.close();
        (0..KEYS + 5).for_each(|_| inbox.typed(key('x')));
    }
}
