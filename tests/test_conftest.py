from pathlib import Path

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture
def guarded(pytester):
    """A folder of tests under our own conftest."""
    pytester.makeconftest((Path(__file__).parent / "conftest.py").read_text())
    return pytester


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.create_connection(('192.0.2.1', 80), timeout=1)",
        "tcp.connect_ex(('192.0.2.1', 80))",
        "udp.sendto(b'x', ('192.0.2.1', 53))",
        "socket.getaddrinfo('shop.example', 80)",
        "urllib.request.urlopen('http://shop.example/')",
    ],
)
def test_a_test_that_hides_its_way_to_the_network_fails(guarded, attempt):
    guarded.makepyfile(
        f"""
        import contextlib, socket, urllib.request

        def test_shop():
            tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
            with tcp, udp, contextlib.suppress(OSError):
                {attempt}
        """
    )
    result = guarded.runpytest_inprocess()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*This test went to the network: *"])


def test_a_server_on_this_machine_is_no_network(guarded):
    guarded.makepyfile(
        """
        import http.server, socket, threading, urllib.request

        def test_server():
            server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
            threading.Thread(target=server.handle_request).start()
            with urllib.request.urlopen(f"http://localhost:{server.server_port}/") as page:
                assert page.status == 200
            server.server_close()

        def test_unix():
            left, right = socket.socketpair()
            left.send(b"x")
            assert right.recv(1) == b"x"
            left.close(), right.close()
        """
    )
    guarded.runpytest_inprocess().assert_outcomes(passed=2)
