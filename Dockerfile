# One image for web, worker, beat and setup; docker-compose.yml says what each one runs.
FROM python:3.11.15-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 ALIANZAS_HOME=/var/lib/alianzas
WORKDIR /srv/alianzas

COPY requirements.txt .
RUN pip install --no-cache-dir --require-hashes -r requirements.txt

COPY . .
# These two need settings but no server: the addresses are never opened.
RUN export SECRET_KEY=unused DATABASE_URL=postgresql://unused/unused REDIS_URL=redis://unused \
    && python manage.py compilemessages \
    && python manage.py collectstatic --noinput

RUN useradd --system --create-home alianzas && install -d -m 700 -o alianzas -g alianzas /var/lib/alianzas
USER alianzas
VOLUME /var/lib/alianzas
EXPOSE 8000
CMD ["gunicorn", "paap.wsgi", "--workers=2", "--threads=64", "--bind=0.0.0.0:8000", "--no-control-socket"]
