using System.CommandLine;

namespace Geobuk.Cli.Commands;

/// <summary>Host settings of libtorch, handed to child processes by the environment.</summary>
internal sealed class TorchDeviceOptions
{
    private readonly Option<string?> _device = new("--device") { Description = "cpu, cuda or cuda:N; cuda needs --libtorch.", HelpName = "DEVICE" };
    private readonly Option<string?> _libtorch = new("--libtorch") { Description = "Folder of another libtorch, such as a CUDA build of the version that TorchSharp asks for.", HelpName = "DIR" };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads of the training arithmetic.", HelpName = "N" };

    public IReadOnlyList<Symbol> Symbols => [_device, _libtorch, _threads];

    /// <summary>Sets the variables that <see cref="Training.Native.TorchOptions.FromEnvironment"/> reads.</summary>
    public void Apply(ParseResult arguments)
    {
        Set("GEOBUK_DEVICE", arguments.GetValue(_device));
        Set("GEOBUK_LIBTORCH", arguments.GetValue(_libtorch));
        Set("GEOBUK_THREADS", arguments.GetValue(_threads)?.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    private static void Set(string name, string? value)
    {
        if (value is not null) Environment.SetEnvironmentVariable(name, value);
    }
}
