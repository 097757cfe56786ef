SELECT key, text FROM word
