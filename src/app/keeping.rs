//! How history is kept, as far as the operator should know.

use crate::domain::history::Keeping;

/// How history is kept, and whether what is wrong with it was read.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// How it is kept; `None`: there is none.
    pub keeping: Option<Keeping>,
    was_read: bool,
}

impl History {
    /// Takes news; what is wrong is shown again only if it is something else.
    pub(super) fn take(&mut self, keeping: Keeping) {
        let before = self.keeping.replace(keeping);
        self.was_read &=
            before.and_then(|before| before.trouble) == self.keeping.as_ref().and_then(|it| it.trouble.clone());
    }

    /// The operator has read what is wrong.
    pub(super) fn read(&mut self) {
        self.was_read = true;
    }

    /// What is wrong and was not read yet.
    pub fn unread(&self) -> Option<&str> {
        self.keeping.as_ref().and_then(|keeping| keeping.trouble.as_deref()).filter(|_| !self.was_read)
    }
}
