//! «Компонент безопасности»: the program between the bank's page and the client's token.
//!
//! A page asks with a ticket that its bank signed, the component shows what is asked in its own window, takes the PIN there, uses
//! the token, answers. One process of its own per operation does all of that ([`operations`]); what talks to the browser ([`host`],
//! [`loopback`]) only carries messages. What never lives here: the bank's rules, a database, the network beyond this machine.

pub mod prompt;

// Who may ask, and what is remembered of it.
pub mod admission;
pub mod memory;
pub mod origin;
pub mod policy;

// One operation, from what was handed to the answer.
pub mod operate;
pub mod operations;

// What stands in the way, without a PIN.
pub mod doctor;

// Between the browser and that.
mod frame;
mod head;
pub mod host;
pub mod install;
pub mod loopback;
pub mod places;
pub mod relay;
#[cfg(debug_assertions)]
pub mod scripted;
pub mod terminal;
pub mod windows;
