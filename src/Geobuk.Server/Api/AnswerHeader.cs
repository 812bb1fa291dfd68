using System.Reflection;
using System.Security.Cryptography;
using Geobuk.Server.Hosting;

namespace Geobuk.Server.Api;

/// <summary>What every object of one answer repeats.</summary>
/// <param name="Id">Name of the answer.</param>
/// <param name="Created">Seconds since 1970.</param>
/// <param name="Model">The model that answers.</param>
/// <param name="SystemFingerprint">What must be equal for the same seed to give the same answer: version and kernels.</param>
internal sealed record AnswerHeader(string Id, long Created, string Model, string SystemFingerprint)
{
    /// <summary>Version of the server.</summary>
    public static string Version { get; } = typeof(AnswerHeader).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
        .InformationalVersion.Split('+')[0];

    /// <summary>A header for a new answer.</summary>
    public static AnswerHeader New(string prefix, ServedModel model) => new(
        prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12)),
        DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
        model.Id,
        $"geobuk-{Version}-{model.Model.KernelPath.Replace(' ', '-')}");
}
