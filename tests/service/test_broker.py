"""Messages as files: each is read whole and by one reader, urgent ones first."""

from __future__ import annotations

import threading
from pathlib import Path
from queue import Empty

from kombu import Connection, Exchange, Queue
from kombu.simple import SimpleQueue

QUEUE = Queue("q", Exchange(""), routing_key="q")


def connect(folder: Path) -> Connection:
    options = {"folder": str(folder), "polling_interval": 0.001}
    return Connection("folder://", transport="service.broker:Transport", transport_options=options)


def put(folder: Path, number: int, priority: int = 3) -> None:
    with connect(folder) as connection, connection.Producer() as producer:
        producer.publish({"number": number}, routing_key="q", priority=priority)


def read(queue: SimpleQueue) -> int:
    message = queue.get(timeout=5)
    message.ack()
    return int(message.payload["number"])


def test_messages_come_in_the_order_of_priority_and_then_of_time(tmp_path: Path) -> None:
    for number, priority in enumerate([6, 3, 3, 0, 6]):
        put(tmp_path, number, priority)
    with connect(tmp_path) as connection, SimpleQueue(connection, QUEUE, no_ack=True) as queue:
        assert [int(queue.get(timeout=5).payload["number"]) for _ in range(5)] == [3, 1, 2, 0, 4]


def test_no_message_is_read_twice_or_by_halves(tmp_path: Path) -> None:
    received: list[int] = []

    def consume() -> None:
        with connect(tmp_path) as connection, SimpleQueue(connection, QUEUE) as queue:
            while True:
                try:
                    message = queue.get(timeout=1)
                except Empty:
                    return
                message.ack()
                received.append(message.payload["number"])

    def produce(start: int) -> None:
        for number in range(start, start + 100):
            put(tmp_path, number)

    threads = [threading.Thread(target=consume) for _ in range(3)]
    threads += [threading.Thread(target=produce, args=(start,)) for start in (0, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(received) == list(range(200))


def test_what_was_read_and_not_acknowledged_goes_back_at_the_end(tmp_path: Path) -> None:
    put(tmp_path, 1)
    with connect(tmp_path) as connection, SimpleQueue(connection, QUEUE) as queue:
        assert queue.get(timeout=5).payload == {"number": 1}
    with connect(tmp_path) as connection, SimpleQueue(connection, QUEUE) as queue:
        assert read(queue) == 1
