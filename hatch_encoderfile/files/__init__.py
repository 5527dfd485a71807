"""Files and bytes: atomic output, bounded reads, blobs, digests, locks."""
