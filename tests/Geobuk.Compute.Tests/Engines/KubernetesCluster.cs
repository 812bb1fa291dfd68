using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Geobuk.Tests;
using k8s;

namespace Geobuk.Compute.Tests.Engines;

/// <summary>
/// A real control plane on this host: etcd, the API server, the controllers, the scheduler, Kueue and JobSet, two nodes of eight fake
/// devices whose pods are processes, and two queues. No package brings all of this, so it is tried where the
/// environment's GEOBUK_KUBERNETES names a folder with these programs (docs/compute.md says where they come from). Where GEOBUK_KUBECONFIG
/// names an administrator's kubeconfig as well, it is that cluster, with Kueue, JobSet and kubelets n1 and n2 on this host, and only kubectl is used.
/// </summary>
public sealed partial class KubernetesCluster : IDisposable
{
    internal const string Namespace = "training", Queue = "user-queue", OtherQueue = "other-queue";

    private const string Administrator = "administrator", Service = "geobuk", ApiServer = "kube-apiserver";
    // Kueue wants a certificate here where it does not make its own, and has no setting for it.
    private const string MetricsCertificate = "/etc/kueue/metrics/certs";
    private static readonly string[] Nodes = ["n1", "n2"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _programs = Environment.GetEnvironmentVariable("GEOBUK_KUBERNETES") ?? "";
    private readonly string? _existing = Environment.GetEnvironmentVariable("GEOBUK_KUBECONFIG");
    private readonly string _folder = "";
    private readonly Dictionary<string, Process> _processes = [];
    private readonly string[] _apiServer = [];
    private readonly Kubernetes? _client;
    private readonly ProcessNodes? _nodes;

    public KubernetesCluster()
    {
        if (_programs.Length == 0) return;
        _folder = Directory.CreateTempSubdirectory("geobuk-kubernetes").FullName;
        try
        {
            if (_existing is not null)
            {
                File.Copy(_existing, In(Administrator));
                Use(AsServiceAccount);
                return;
            }
            MakeCertificate();
            var (etcd, peer, api) = (LocalPorts.Free(), LocalPorts.Free(), LocalPorts.Free());
            Run("etcd", "--data-dir", In("etcd"), "--listen-client-urls", $"http://127.0.0.1:{etcd}", "--advertise-client-urls", $"http://127.0.0.1:{etcd}", "--listen-peer-urls", $"http://127.0.0.1:{peer}",
                "--initial-advertise-peer-urls", $"http://127.0.0.1:{peer}", "--initial-cluster", $"default=http://127.0.0.1:{peer}", "--unsafe-no-fsync");
            File.WriteAllText(In("tokens.csv"), $"{Administrator},{Administrator},{Administrator},system:masters\n{Service},{Service},{Service}\n");
            _apiServer = ["--etcd-servers", $"http://127.0.0.1:{etcd}", "--bind-address", "127.0.0.1", "--secure-port", $"{api}", "--tls-cert-file", In("tls.crt"), "--tls-private-key-file", In("tls.key"),
                "--service-account-issuer", "https://localhost", "--service-account-key-file", In("tls.key"), "--service-account-signing-key-file", In("tls.key"), "--service-cluster-ip-range", "10.0.0.0/24",
                "--token-auth-file", In("tokens.csv"), "--authorization-mode", "RBAC", "--disable-admission-plugins", "ServiceAccount,TaintNodesByCondition"];
            Run(ApiServer, _apiServer);
            foreach (var user in new[] { Administrator, Service })
                File.WriteAllText(In(user), $$"""
                    apiVersion: v1
                    kind: Config
                    current-context: c
                    contexts: [{name: c, context: {cluster: c, user: u, namespace: default} }]
                    clusters: [{name: c, cluster: {server: "https://127.0.0.1:{{api}}", certificate-authority: "{{In("tls.crt")}}"} }]
                    users: [{name: u, user: {token: {{user}} } }]
                    """);
            _client = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(In(Administrator)));
            Until("the API server", IsReady);
            string[] asAdministrator = ["--kubeconfig", In(Administrator), "--authentication-kubeconfig", In(Administrator), "--authorization-kubeconfig", In(Administrator), "--leader-elect=false", "--bind-address", "127.0.0.1", "--secure-port"];
            Run("kube-controller-manager", [.. asAdministrator, $"{LocalPorts.Free()}", "--controllers", "job-controller,garbage-collector-controller,namespace-controller,pod-garbage-collector-controller,ttl-after-finished-controller"]);
            Run("kube-scheduler", [.. asAdministrator, $"{LocalPorts.Free()}"]);
            Install("jobset", "config.jobset.x-k8s.io/v1alpha1", "");
            Install("kueue", "config.kueue.x-k8s.io/v1beta2", "integrations: {frameworks: [batch/job, jobset.x-k8s.io/jobset]}", "--feature-gates=VisibilityOnDemand=false");
            Use(() => Kubectl("", "create", "rolebinding", Service, "--namespace", Namespace, "--role=geobuk", $"--user={Service}"));
            _nodes = new ProcessNodes(_client, Namespace, Nodes);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>A kubeconfig of the user that may do what docs/kubernetes-role.yaml allows; null where there is no cluster.</summary>
    public string? Kubeconfig => _programs.Length == 0 ? null : In(Service);

    /// <summary>Whether its parts are processes of the tests', which may be killed and brought back.</summary>
    internal bool IsOwn => _existing is null;

    /// <summary>Two queues in a cohort: each has eight devices of its own, which it takes back from the other that borrowed them.</summary>
    private static string Queues => string.Join("\n---\n", [$$"""
        apiVersion: v1
        kind: Namespace
        metadata: {name: {{Namespace}} }
        ---
        apiVersion: kueue.x-k8s.io/v1beta2
        kind: ResourceFlavor
        metadata: {name: any}
        """, .. new[] { Queue, OtherQueue }.Select(queue => $$"""
        apiVersion: kueue.x-k8s.io/v1beta2
        kind: ClusterQueue
        metadata: {name: {{queue}} }
        spec:
          cohortName: all
          namespaceSelector: {}
          preemption: {reclaimWithinCohort: Any}
          resourceGroups: [{coveredResources: [nvidia.com/gpu], flavors: [{name: any, resources: [{name: nvidia.com/gpu, nominalQuota: 8}]}]}]
        ---
        apiVersion: kueue.x-k8s.io/v1beta2
        kind: LocalQueue
        metadata: {name: {{queue}}, namespace: {{Namespace}} }
        spec: {clusterQueue: {{queue}} }
        """)]);

    public void Dispose()
    {
        _nodes?.Dispose();
        _client?.Dispose();
        foreach (var program in _processes.Keys.Reverse().ToList()) End(program);
        if (_folder.Length > 0) Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Kills the API server and brings it back, doing something all the while.</summary>
    internal void RestartApiServer(Action meanwhile)
    {
        End(ApiServer);
        for (var i = 0; i < 20; i++) Pause();
        Run(ApiServer, _apiServer);
        Until("the API server", () =>
        {
            Pause();
            return IsReady();
        });
        for (var i = 0; i < 20; i++) Pause();

        void Pause()
        {
            meanwhile();
            Thread.Sleep(50);
        }
    }

    private void Use(Func<bool> bind)
    {
        Until("the queues", () => Kubectl(Queues, "apply", "-f", "-"));
        Until("the service's role", () => Kubectl("", "apply", "--namespace", Namespace, "-f", TestPaths.Repository("docs", "kubernetes-role.yaml")) && bind());
    }

    /// <summary>A kubeconfig of a service account with the role, whose token ends in an hour.</summary>
    private bool AsServiceAccount()
    {
        const string account = $$"""
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: {{Service}} }
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: geobuk-account}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: geobuk}
            subjects: [{kind: ServiceAccount, name: {{Service}}, namespace: {{Namespace}} }]
            """;
        File.Copy(In(Administrator), In(Service), overwrite: true);
        return Kubectl(account, "apply", "--namespace", Namespace, "-f", "-")
            && Kubectl("", "create", "token", Service, "--namespace", Namespace)
            && Kubectl("", "config", "set-credentials", Service, "--token", Said.Trim(), "--kubeconfig", In(Service))
            && Kubectl("", "config", "set-context", "--current", "--user", Service, "--kubeconfig", In(Service));
    }

    private bool IsReady() => Kubectl("", "get", "--raw", "/readyz");

    private void End(string program)
    {
        _processes.Remove(program, out var process);
        process!.Kill();
        process.WaitForExit();
        process.Dispose();
    }

    /// <summary>Whether kubectl did what it was asked to; what it printed is the answer's.</summary>
    internal bool Kubectl(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(_programs, "kubectl"), ["--kubeconfig", In(Administrator), .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var (answer, fault) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        process.WaitForExit();
        Said = answer.Result + fault.Result;
        return process.ExitCode == 0;
    }

    /// <summary>What kubectl printed last.</summary>
    internal string Said { get; private set; } = "";

    /// <summary>A controller of the cluster's own resources: those, and its webhooks, from its release's manifest; it runs here and not in a pod.</summary>
    private void Install(string name, string version, string settings, params string[] arguments)
    {
        var (webhooks, health) = (LocalPorts.Free(), LocalPorts.Free());
        var bundle = Convert.ToBase64String(File.ReadAllBytes(In("tls.crt")));
        var wanted = File.ReadAllText(Path.Combine(_programs, name + ".yaml")).Split("\n---").Where(document => Wanted().IsMatch(document))
            .Select(document => ServiceAddress().Replace(document, match => $"{match.Groups["indent"]}url: https://127.0.0.1:{webhooks}{match.Groups["path"]}\n{match.Groups["indent"]}caBundle: {bundle}"));
        if (!Kubectl(string.Join("\n---", wanted), "create", "-f", "-") || !Kubectl("", "wait", "--for=condition=Established", "--timeout=60s", "crd", "--all")) throw new InvalidOperationException(Said);
        File.WriteAllText(In(name + ".yaml"), $$"""
            apiVersion: {{version}}
            kind: Configuration
            health: {healthProbeBindAddress: "127.0.0.1:{{health}}"}
            metrics: {bindAddress: "0"}
            webhook: {host: 127.0.0.1, port: {{webhooks}}, certDir: {{_folder}} }
            leaderElection: {leaderElect: false}
            internalCertManagement: {enable: false}
            clientConnection: {qps: 300, burst: 500}
            {{settings}}
            """);
        Run(name, ["--kubeconfig", In(Administrator), "--config", In(name + ".yaml"), .. arguments]);
        Until(name, () => LocalPorts.Accepts(webhooks));
    }

    private void Run(string program, params string[] arguments)
    {
        // What they say goes to files: nobody would read a pipe.
        var command = $"exec \"$0\" \"$@\" >> {In(program)}.log 2>&1";
        _processes[program] = Process.Start(new ProcessStartInfo("sh", ["-c", command, Path.Combine(_programs, program), .. arguments]) { WorkingDirectory = _folder })!;
    }

    private void Until(string what, Func<bool> isUp)
    {
        for (var watch = Stopwatch.StartNew(); !isUp(); Thread.Sleep(200))
            if (watch.Elapsed > Patience || _processes.Values.Any(process => process.HasExited))
                throw new InvalidOperationException($"{what} did not come up: {Said}\n{string.Join("\n", Directory.GetFiles(_folder, "*.log").Select(log => $"{log}: {string.Join("\n", File.ReadLines(log).TakeLast(5))}"))}");
    }

    private string In(string name) => Path.Combine(_folder, name);

    /// <summary>One certificate for the API server and the webhooks, which is its own authority.</summary>
    private void MakeCertificate()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(In("tls.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(In("tls.key"), key.ExportRSAPrivateKeyPem());
        Directory.CreateDirectory(MetricsCertificate);
        foreach (var file in new[] { "tls.crt", "tls.key" }) File.Copy(In(file), Path.Combine(MetricsCertificate, file), overwrite: true);
    }

    [GeneratedRegex(@"^kind: (CustomResourceDefinition|MutatingWebhookConfiguration|ValidatingWebhookConfiguration)\s*$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Wanted();

    [GeneratedRegex(@"(?<indent> +)service:\n +name: .*\n +namespace: .*\n +path: (?<path>.*)", RegexOptions.CultureInvariant)]
    private static partial Regex ServiceAddress();
}
