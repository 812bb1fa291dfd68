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
