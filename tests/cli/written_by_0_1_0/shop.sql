BEGIN TRANSACTION;
CREATE TABLE "brand" (
                id TEXT NOT NULL PRIMARY KEY,
                cms_id TEXT UNIQUE,
                name TEXT NOT NULL,
                handle TEXT,
                description TEXT,
                logo_url TEXT,
                website_url TEXT,
                metadata TEXT,
                created_at TEXT NOT NULL,
                updated_at TEXT NOT NULL
            );
INSERT INTO "brand" VALUES('01M8QPCY51QANKSBNN5VG6S79W','e1','Acme Renamed','acme renamed',NULL,NULL,NULL,'{"founded":1900,"tags":["x"]}','2026-12-01 02:19:34.448','2026-12-01 02:19:36.693');
INSERT INTO "brand" VALUES('their-own','e4','Dandy','dandy','Dandy & Söhne',NULL,NULL,'{"founded":1900,"tags":["x"]}','2026-01-01','2026-12-01 02:19:35.567');
INSERT INTO "brand" VALUES('01M8QPCZ7C7SVFYC8VD8JWYSHA','e3','Corvus','corvus','Corvus & Söhne',NULL,NULL,'{"founded":1901,"tags":[]}','2026-12-01 02:19:35.545','2026-12-01 02:19:36.693');
INSERT INTO "brand" VALUES('01M8QPD0B3N89YMWMNVCB77HH5','e5','Evora','evora','Evora & Söhne',NULL,NULL,'{"founded":1900,"tags":["x"]}','2026-12-01 02:19:36.679','2026-12-01 02:19:36.679');
INSERT INTO "brand" VALUES('01M8QPD1SATSNM13V284GDF8XH','e6','Fennec','fennec',NULL,NULL,NULL,NULL,'2026-12-01 02:19:38.158','2026-12-01 02:19:38.158');
COMMIT;
