"""Dead letters that failed alike: fingerprints, and the pass that counts them."""
