//! The two engines side by side: the same scenarios on both, and what stations hear of them.

mod compare;
mod either;
mod lengths;
mod sleep;
mod trouble;
