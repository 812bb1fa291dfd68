using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Geobuk.Models;
using Geobuk.Server.Hosting;
using Microsoft.AspNetCore.Builder;

namespace Geobuk.Server.Tests.Hosting;

[Collection(ServerCollection.Name)]
public sealed class TlsTests(ServerFixture fixture) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("geobuk-tls-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Https_WithACertificate_AnswersWithIt()
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var options = new ServerOptions { Quiet = true, Urls = ["https://127.0.0.1:0"], CertificateFile = Write("cert.pem", certificate.ExportCertificatePem()), CertificateKeyFile = Write("key.pem", key.ExportPkcs8PrivateKeyPem()) };

        await using var app = GeobukServer.Build(fixture.Models, options);
        await app.StartAsync();
        string? seen = null;
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, shown, _, _) => (seen = shown?.Thumbprint) is not null };
        using var http = new HttpClient(handler);
        var health = await http.GetStringAsync(app.Urls.Single() + "/health");

        Assert.Contains("running", health);
        Assert.Equal(certificate.Thumbprint, seen);
    }

    [Fact]
    public async Task Https_WithAChainInTheFile_SendsWhatStandsBetweenLeafAndRoot()
    {
        var (from, to) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var rootKey = RSA.Create(2048);
        using var root = Authority("CN=root", rootKey).CreateSelfSigned(from, to);
        using var middleKey = RSA.Create(2048);
        using var middle = Authority("CN=middle", middleKey).Create(root, from, to, [1]).CopyWithPrivateKey(middleKey);
        using var leafKey = RSA.Create(2048);
        using var leaf = new CertificateRequest("CN=localhost", leafKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).Create(middle, from, to, [2]);
        var file = Write("chain.pem", $"{leaf.ExportCertificatePem()}\n{middle.ExportCertificatePem()}\n{leafKey.ExportPkcs8PrivateKeyPem()}\n");

        await using var app = GeobukServer.Build(fixture.Models, new ServerOptions { Quiet = true, Urls = ["https://127.0.0.1:0"], CertificateFile = file });
        await app.StartAsync();
        // As a client does that was given the root alone.
        using var http = new HttpClient(new SocketsHttpHandler
        {
            SslOptions =
            {
                TargetHost = "localhost",
                RemoteCertificateValidationCallback = (_, shown, sent, _) =>
                {
                    using var check = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true } };
                    check.ChainPolicy.CustomTrustStore.Add(root);
                    check.ChainPolicy.ExtraStore.AddRange(sent!.ChainPolicy.ExtraStore);
                    return check.Build((X509Certificate2)shown!);
                },
            },
        });

        Assert.Contains("running", await http.GetStringAsync(app.Urls.Single() + "/health"));
    }

    private static CertificateRequest Authority(string name, RSA key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        return request;
    }

    [Fact]
    public void Https_WithAFileThatIsNoCertificate_IsRefused()
    {
        var options = new ServerOptions { Quiet = true, Urls = ["https://127.0.0.1:0"], CertificateFile = Write("cert.pem", "인증서가 아님") };

        var refusal = Assert.Throws<UserInputException>(() =>
        {
            var app = GeobukServer.Build(fixture.Models, options);
            app.StartAsync().GetAwaiter().GetResult();
        });

        Assert.Contains("--tls-cert", refusal.Message);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
