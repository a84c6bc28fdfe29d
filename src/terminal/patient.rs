//! A writer that waits when the terminal takes no more for the moment.
//!
//! Programs that share the terminal can switch it to non-blocking writes behind our back; a frame must not be cut short then, nor
//! the terminal be taken for lost. It does not buffer and knows no time limit: the watchdog does.

use std::fs::File;
use std::io::{self, Write};

use rustix::event::{PollFd, PollFlags, poll};

pub(super) struct Patient(pub File);

impl Write for Patient {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    poll(&mut [PollFd::new(&self.0, PollFlags::OUT)], None)?;
                }
                done => return done,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;
    use std::thread;

    #[test]
    fn a_full_line_is_waited_for_and_nothing_is_lost() {
        let (ours, mut theirs) = UnixStream::pair().expect("a pair");
        ours.set_nonblocking(true).expect("set");
        let frame = vec![b'x'; 4 << 20];
        let reader = thread::spawn(move || {
            let mut read = Vec::new();
            theirs.read_to_end(&mut read).expect("reads");
            read.len()
        });
        let mut line = Patient(File::from(OwnedFd::from(ours)));
        line.write_all(&frame).expect("written");
        drop(line);
        assert_eq!(reader.join().expect("joined"), frame.len());
    }
}
