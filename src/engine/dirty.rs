//! What is other than at the last evaluation, as far as what came in says.
//!
//! It is the one place where that is kept. Everything that an evaluation keeps is made again for what is marked here
//! and for what stands above it, and for nothing else. More marks than needed cost time and change nothing.

use crate::domain::map::NodeIndex;
use crate::domain::marks::Marks;

/// What is other than at the last evaluation.
#[derive(Clone, Debug)]
pub struct Dirty {
    /// Nodes whose own observations are others, by index in the map.
    pub nodes: Marks,
    /// Signals that are others, by number.
    pub signals: Vec<u32>,
    /// Whether tickets or changes are others.
    pub records: bool,
}

impl Dirty {
    /// Nothing of so many nodes.
    pub fn nothing(nodes: usize) -> Self {
        Self { nodes: Marks::none(nodes), signals: Vec::new(), records: false }
    }

    /// Everything.
    pub fn everything(nodes: usize) -> Self {
        Self { nodes: Marks::all(nodes), signals: Vec::new(), records: true }
    }

    /// Marks nodes.
    pub fn mark(&mut self, nodes: &[NodeIndex]) {
        for node in nodes {
            self.nodes.set(*node as u32);
        }
    }
}
