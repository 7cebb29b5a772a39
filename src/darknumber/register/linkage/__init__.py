"""Which reports are about one person, how sure that is, and the tables for every draw of who is who."""
