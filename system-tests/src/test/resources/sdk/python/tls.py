"""The SDKs against a gateway that speaks TLS and wants a key. SSL_CERT_FILE names the authority to trust."""

import os

import anthropic
import ollama
import openai
from cases import GATEWAY, SENTENCE, TIMEOUT, case, equal, run

KEY = os.environ["KEY"]
MESSAGES = [{"role": "user", "content": "Hello"}]


@case("openai")
def _():
    client = openai.OpenAI(base_url=GATEWAY + "/v1", api_key=KEY, max_retries=0, timeout=TIMEOUT)
    stream = client.chat.completions.create(model="shared", messages=MESSAGES, stream=True)
    equal("".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices), SENTENCE)


@case("anthropic")
def _():
    client = anthropic.Anthropic(base_url=GATEWAY, api_key=KEY, max_retries=0, timeout=TIMEOUT)
    message = client.messages.create(model="shared", max_tokens=256, messages=MESSAGES)
    equal(message.content[0].text, SENTENCE)


@case("ollama")
def _():
    client = ollama.Client(host=GATEWAY, headers={"Authorization": "Bearer " + KEY}, timeout=TIMEOUT)
    equal("".join(part.message.content for part in client.chat("shared", MESSAGES, stream=True)), SENTENCE)


run()
