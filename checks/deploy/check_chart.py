"""Lints the chart with Helm's own library, renders it, and holds every manifest to Kubernetes' schemas, strictly."""

import sys

import helm_python as helm
import kubernetes_validate
import yaml

CHART = sys.argv[1]
KUBERNETES = "1.32"
CASES = {
    "as it is": {},
    "everything told": {
        "replicas": 5,
        "env": {"KEYBRAKE_LOG_LEVEL": "warn", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"},
        "drain": {"notice": 0, "timeout": 30},
        "networkPolicy": {"enabled": True, "from": [{"podSelector": {"matchLabels": {"agents": "yes"}}}]},
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "money", "operator": "Exists"}],
    },
    "without a network policy": {"networkPolicy": {"enabled": False}},
}
WRONG = {
    "no proxy at all": {"replicas": 0},
    "a misspelt setting": {"replica": 3},
    "a secret among the values": {"env": {"KEYBRAKE_ADMIN_KEY": 1}},
}


def hardened(pod: dict) -> None:
    (container,) = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    env = {entry["name"]: entry["value"] for entry in container["env"]}
    drain = int(env["KEYBRAKE_DRAIN_NOTICE"]) + int(env["KEYBRAKE_DRAIN_TIMEOUT"])
    assert pod["terminationGracePeriodSeconds"] > drain, "the kubelet would kill a drain"


findings = helm.lint(CHART, strict=True)
bad = [message for message in findings.get("messages", []) if message.get("severity", 0) > 1]
assert not bad, bad
with helm.Chart.load(CHART) as chart:
    for case, values in CASES.items():
        kinds = []
        for text in chart.render(values, name="keybrake", namespace="money").values():
            for manifest in filter(None, yaml.safe_load_all(text)):
                kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
                kinds.append(manifest["kind"])
                if manifest["kind"] == "Deployment":
                    hardened(manifest["spec"]["template"]["spec"])
        policy = ["NetworkPolicy"] if values.get("networkPolicy", {}).get("enabled", True) else []
        assert sorted(kinds) == sorted(["Deployment", "Service", "PodDisruptionBudget", *policy]), kinds
    for case, values in WRONG.items():
        try:
            chart.validate_schema(values)
        except helm.HelmError:
            continue
        raise AssertionError(f"the chart takes {case}")
print(f"chart: {len(CASES)} renderings fit Kubernetes {KUBERNETES}, {len(WRONG)} wrong values are refused")
