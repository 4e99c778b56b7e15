"""How pages write dates and times: one way for everybody, in UTC, that sorts as it reads."""

DATE_FORMAT = "Y-m-d"
TIME_FORMAT = "H:i:s"
DATETIME_FORMAT = "Y-m-d H:i:s"
