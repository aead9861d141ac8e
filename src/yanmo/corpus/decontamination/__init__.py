"""Test items kept out of a corpus, and test items found in one."""
