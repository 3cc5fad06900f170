#!/usr/bin/env python3
"""Judges the simulator by OVHcloud's own Python client, which was not written for it.

pip install -r requirements.txt
env $(the variables that ovhcloud-simulator printed) python3 python_ovh.py

Prints what it checked; exit code 1 at the first thing that is not as the client expects it.
It starts nothing: the simulator whose variables these are must be running.
"""

import os
import sys
import time
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import ovh
import ovh.client
import ovh.config
from ovh.exceptions import (
    APIError,
    BadParametersError,
    InvalidKey,
    NotCredential,
    NotGrantedCall,
    OAuth2FailureError,
    ResourceNotFoundError,
)

ENDPOINT = os.environ["OVH_ENDPOINT"]
ORIGIN = "{0.scheme}://{0.netloc}".format(urlsplit(ENDPOINT))
CHECK = "/v2/iam/authorization/check"


def main():
    # The client knows regions by name only; the simulator is one more. Nothing else is patched.
    ovh.client.ENDPOINTS[ENDPOINT] = ENDPOINT
    ovh.client.OAUTH2_TOKEN_URLS[ENDPOINT] = ORIGIN + "/auth/oauth2/token"
    # Nobody's own credentials and proxies take part, and plain HTTP is for this machine alone.
    ovh.config.CONFIG_PATH = []
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

    client = ovh.Client()
    reads(client)
    if "OVH_APPLICATION_KEY" in os.environ:
        application_key(client)
    else:
        service_account(client)


def reads(client):
    """What both ways in have in common."""
    details = client.get("/auth/details")
    account = client.get("/me")
    told("an object", details["account"] == account["nichandle"], account["nichandle"])
    users = client.get("/me/identity/user")
    user = client.get("/me/identity/user/" + users[0])
    told("a list and one of its objects", user["login"] == users[0], users[0])
    found = client.get("/me/api/credential", status="validated")
    told("a query", found and all(isinstance(number, int) for number in found), found)
    policies = client.get("/v2/iam/policy")
    told("a list of the second version", policies[0]["id"], len(policies))
    project = client.get("/cloud/project")[0]
    told("a project", client.get("/cloud/project/" + project)["project_id"] == project, project)
    refused("an object that is not there", ResourceNotFoundError, client.get, "/cloud/project/0")
    refused("a route that is not there", ResourceNotFoundError, client.get, "/nowhere")


def application_key(client):
    """Signatures, rules and keys."""
    told("the server's time", abs(client.time_delta) <= 2, client.time_delta)
    current = client.get("/auth/currentCredential")
    told("the credential's rules", current["rules"], current["rules"])
    refused("a call that no rule covers", NotGrantedCall, client.post, CHECK, **question())

    refused("a wrong application key", InvalidKey, ovh.Client(application_key="x").get, "/me")
    refused("a wrong consumer key", NotCredential, ovh.Client(consumer_key="x").get, "/me")
    wrong = ovh.Client(application_secret="x")
    error = refused("a wrong application secret", BadParametersError, wrong.get, "/me")
    told("its reason", "signature" in str(error), error)
    late = ovh.Client()
    late._time_delta = -3600
    error = refused("a time of an hour ago", BadParametersError, late.get, "/me")
    told("its code", error.response.json()["errorCode"] == "QUERY_TIME_OUT", error)


def service_account(client):
    """Tokens, and what IAM refuses."""
    [answer] = client.post(CHECK, **question())
    told("a POST", answer["authorizedActions"] == question()["actions"], answer["resourceURN"])

    faults = '[{"path": "/me/api/application", "effect": {"status": 403}, "times": 1}]'
    simulator("PUT", "/_simulator/faults", faults)
    error = refused("a call without the right", APIError, client.get, "/me/api/application")
    missing = error.response.json()["details"]["unauthorizedActionsByIAM"]
    told("the missing action", missing == "account:apiovh:me/api/application/get", missing)
    told("the same call with it", client.get("/me/api/application"), "granted")

    wrong = ovh.Client(client_secret="x")
    error = refused("a wrong client secret", OAuth2FailureError, wrong.get, "/me")
    told("its reason", "invalid_client" in str(error), error)


def question():
    urn = "urn:v1:eu:resource:account:xx1111-ovh"
    return {"resourceURNs": [urn], "actions": ["account:apiovh:me/get"]}


def simulator(method, path, body):
    """Asks the simulator itself, beside OVHcloud's API."""
    request = Request(ORIGIN + path, data=body.encode(), method=method)
    build_opener(ProxyHandler({})).open(request, timeout=10).close()


def refused(what, exception, call, *arguments, **members):
    """The client must see exactly this refusal; answers it."""
    try:
        answer = call(*arguments, **members)
    except exception as error:
        told(what, type(error) is exception, f"{type(error).__name__}: {error}")
        return error
    return told(what, False, f"answered: {answer}")


def told(what, is_right, evidence):
    # The client's errors have the query id on a second line.
    evidence = str(evidence).splitlines()[0].strip()
    print(f"{'ok' if is_right else 'WRONG'}: {what}: {evidence}", flush=True)
    if not is_right:
        sys.exit(1)


if __name__ == "__main__":
    began = time.monotonic()
    main()
    print(f"python-ovh is content ({time.monotonic() - began:.1f} s)")
