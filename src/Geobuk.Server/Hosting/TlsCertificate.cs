using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Geobuk.Models;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Geobuk.Server.Hosting;

/// <summary>A server's certificate.</summary>
/// <param name="Own">That of the server, with its key.</param>
/// <param name="Chain">All of the file: a client that knows only the root needs those between.</param>
internal sealed record TlsCertificate(X509Certificate2 Own, X509Certificate2Collection Chain)
{
    /// <summary>SHA-256 of the server's own, in hexadecimal digits.</summary>
    public string Hash => HashOf(Own);

    /// <summary>SHA-256 of a certificate, in hexadecimal digits.</summary>
    public static string HashOf(X509Certificate2 certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));

    /// <summary>Reads a PEM file in which the server's own comes first.</summary>
    /// <param name="file">The file.</param>
    /// <param name="key">That of its key; null where the file holds it too.</param>
    /// <exception cref="UserInputException">They are not there, or no certificate and its key.</exception>
    public static TlsCertificate Load(string file, string? key)
    {
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(file);
            return new TlsCertificate(X509Certificate2.CreateFromPemFile(file, key), chain);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new UserInputException($"--tls-cert: {file}: {e.Message.TrimEnd('.')}; expected a certificate and its key in PEM. Give the key's file with --tls-key.", e);
        }
    }

    /// <summary>Has a server show it at https addresses.</summary>
    public void Show(WebApplicationBuilder builder) => builder.WebHost
        .ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https => (https.ServerCertificate, https.ServerCertificateChain) = (Own, Chain)))
        .UseKestrelHttpsConfiguration();
}
