-- An applicant whom the desk found in the record: whose the request was before. The row keeps what the application on paper says, «Идентификатор
-- владельца сертификата» too, and the request comes back to it when the applicant states other words.
ALTER TABLE applicants ADD COLUMN bound_from TEXT REFERENCES subscribers (id);
