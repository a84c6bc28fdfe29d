//! Answers that carry an ETag, kept parsed: an unchanged list costs a 304 and no parsing.
//!
//! It is bounded in entries and bytes and drops what was used longest ago. It never answers by itself: the server is
//! asked every time.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

const MAX_ENTRIES: usize = 64;
/// Bytes of bodies that the kept values were parsed from.
const MAX_BYTES: usize = 8 * 1024 * 1024;

type Value = Arc<dyn Any + Send + Sync>;

/// What was answered, by address.
#[derive(Default)]
pub struct Cache {
    entries: HashMap<String, Entry>,
    bytes: usize,
    uses: u64,
}

struct Entry {
    etag: String,
    value: Value,
    bytes: usize,
    used: u64,
}

impl Cache {
    /// The ETag and the parsed value of the last answer, if it had this type.
    pub fn get<T: Any + Send + Sync>(&mut self, url: &str) -> Option<(String, Arc<T>)> {
        self.uses += 1;
        let entry = self.entries.get_mut(url)?;
        entry.used = self.uses;
        let value = entry.value.clone().downcast::<T>().ok()?;
        Some((entry.etag.clone(), value))
    }

    pub fn put<T: Any + Send + Sync>(&mut self, url: &str, etag: &str, value: Arc<T>, bytes: usize) {
        self.drop_entry(url);
        if bytes > MAX_BYTES / 4 {
            return;
        }
        self.uses += 1;
        self.bytes += bytes;
        self.entries.insert(url.to_owned(), Entry { etag: etag.to_owned(), value, bytes, used: self.uses });
        while self.entries.len() > MAX_ENTRIES || self.bytes > MAX_BYTES {
            let Some(oldest) = self.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(url, _)| url.clone()) else {
                return;
            };
            self.drop_entry(&oldest);
        }
    }

    fn drop_entry(&mut self, url: &str) {
        if let Some(entry) = self.entries.remove(url) {
            self.bytes -= entry.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let mut cache = Cache::default();
        for n in 0..MAX_ENTRIES {
            cache.put(&n.to_string(), "e", Arc::new(n), 10);
        }
        assert!(cache.get::<usize>("0").is_some());
        cache.put("more", "e", Arc::new(0_usize), 10);
        assert!(cache.get::<usize>("0").is_some(), "just used");
        assert!(cache.get::<usize>("1").is_none(), "the oldest");
    }

    #[test]
    fn bytes_are_bounded_too() {
        let mut cache = Cache::default();
        for n in 0..20 {
            cache.put(&n.to_string(), "e", Arc::new(n), MAX_BYTES / 5);
        }
        assert_eq!(cache.entries.len(), 5);
        assert!(cache.bytes <= MAX_BYTES);
    }

    #[test]
    fn a_value_of_another_type_is_not_given_out() {
        let mut cache = Cache::default();
        cache.put("u", "e", Arc::new(1_u8), 1);
        assert!(cache.get::<u16>("u").is_none());
    }
}
