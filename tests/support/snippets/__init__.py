"""The snippets of the documentation, run as a reader pastes them.

A page's fenced blocks say by language and title what they are:

    ```sh  ```python  ```typescript     code; neighbours are the same thing in other languages (tabs on the site)
    … title="stockwire.py"              a file that the reader saves
    ```sh title="a second terminal"     what runs beside; of several lines, the one of the reader's language
    ```json title="answer"              what the code above prints (also ```text, and ```http for `curl -i`)
    ```json title="the receiver prints" what the second terminal shows by then, a line for each value
    ```text ```yaml ```sql              a picture, a configuration, a statement

Commands that change a whole system, and quotations from programs that other tests run, are in `elsewhere`.
In an answer "…" stands for what differs from run to run, and a member `"…": "…"` for members that are not shown.
Whatever is none of these fails the tests.
"""
