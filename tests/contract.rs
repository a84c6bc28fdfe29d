//! Every adapter held to the same promises, over real sockets: recorded answers, scripted faults, certificates, proxies.
//!
//! A new backend adds one line to `contract::subject::SUBJECTS` and a folder of recordings. Nothing here draws.

mod contract {
    mod faults;
    mod fifteen;
    mod history;
    mod hostile;
    mod hosts;
    mod reading;
    mod recordings;
    mod salt;
    mod server;
    mod subject;
    mod survey;
    mod tls;
    mod verbs;
}
