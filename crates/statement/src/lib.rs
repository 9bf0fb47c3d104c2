//! The canonical texts that people sign: requests, acts, challenges.
