"""Runs ministack until nobody holds the other end of the standard input any more, however the test ends."""

import os
import sys
import threading

from ministack.app import main


def end_with_the_test():
    sys.stdin.buffer.read()
    os._exit(0)


threading.Thread(target=end_with_the_test, daemon=True).start()
sys.exit(main())
