using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Geobuk.Models;

namespace Geobuk.Cli.Commands;

/// <summary>Host settings of libtorch, handed to child processes by the environment.</summary>
internal sealed partial class TorchDeviceOptions
{
    private readonly Option<string?> _device = new("--device") { Description = "cpu, cuda or cuda:N; cuda needs --libtorch.", HelpName = "DEVICE" };
    private readonly Option<string?> _libtorch = new("--libtorch") { Description = "Folder of another libtorch, such as a CUDA build of the version that TorchSharp asks for.", HelpName = "DIR" };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads of the training arithmetic.", HelpName = "N" };

    public IReadOnlyList<Symbol> Symbols => [_device, _libtorch, _threads];

    /// <summary>Sets the variables that <see cref="Training.Native.TorchOptions.FromEnvironment"/> reads.</summary>
    /// <exception cref="UserInputException">A value that no machine could honour.</exception>
    public void Apply(ParseResult arguments)
    {
        var (device, libtorch, threads) = Check(arguments);
        Set("GEOBUK_DEVICE", device);
        Set("GEOBUK_LIBTORCH", libtorch);
        Set("GEOBUK_THREADS", threads?.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Sets which libtorch is taken, and leaves the device as it is: a GPU here may be somebody else's.</summary>
    /// <exception cref="UserInputException">A value that no machine could honour.</exception>
    public void ApplyLibrary(ParseResult arguments) => Set("GEOBUK_LIBTORCH", Check(arguments).Libtorch);

    private (string? Device, string? Libtorch, int? Threads) Check(ParseResult arguments)
    {
        var (device, libtorch, threads) = (arguments.GetValue(_device), arguments.GetValue(_libtorch), arguments.GetValue(_threads));
        if (device is not null && !Devices().IsMatch(device))
            throw new UserInputException($"--device {device}: not a device; expected cpu, cuda or cuda:N. Leave it out to compute on the CPU.");
        if (libtorch is not null && !Directory.Exists(libtorch))
            throw new UserInputException($"--libtorch {libtorch}: no such folder; expected an unpacked libtorch. Check the path.");
        if (threads < 1)
            throw new UserInputException($"--threads {threads}: too few; expected at least 1. Leave it out to use every core.");
        return (device, libtorch, threads);
    }

    /// <summary>The same settings as words for another command line.</summary>
    /// <exception cref="UserInputException">A value that no machine could honour.</exception>
    public IReadOnlyList<string> Words(ParseResult arguments)
    {
        var (device, libtorch, threads) = Check(arguments);
        var words = new List<string>();
        if (device is not null) words.AddRange(["--device", device]);
        if (libtorch is not null) words.AddRange(["--libtorch", Path.GetFullPath(libtorch)]);
        if (threads is { } count) words.AddRange(["--threads", count.ToString(CultureInfo.InvariantCulture)]);
        return words;
    }

    private static void Set(string name, string? value)
    {
        if (value is not null) Environment.SetEnvironmentVariable(name, value);
    }

    [GeneratedRegex(@"^(cpu|cuda(:\d{1,3})?)$")]
    private static partial Regex Devices();
}
