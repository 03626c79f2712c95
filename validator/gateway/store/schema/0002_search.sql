-- A printed number as somebody types it: without case, blanks and dashes.
CREATE INDEX listings_typed ON listings (replace(replace(upper(number), '-', ''), ' ', ''))
    WHERE until IS NULL AND number IS NOT NULL;
