using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Geobuk.Models;
using TorchSharp;

namespace Geobuk.Training.Native;

/// <summary>
/// Loads libtorch once, before TorchSharp's first use. On Linux hosts whose libstdc++ is older than GLIBCXX_3.4.32 it loads
/// a patched copy of TorchSharp's own native library from the user's cache; the package itself is never touched.
/// </summary>
public static class TorchRuntime
{
    private const string BridgeName = "libLibTorchSharp.so";

    /// <summary>
    /// What TorchSharp imports beyond GLIBCXX_3.4.29. ios_base_library_init and the constructor of ios_base::Init both run the
    /// iostream initialiser; condition_variable::wait exists under both versions with the same contract.
    /// </summary>
    private static readonly SymbolPatch[] s_patches =
    [
        new("_ZSt21ios_base_library_initv", "GLIBCXX_3.4.32", "_ZNSt8ios_base4InitC1Ev", "GLIBCXX_3.4"),
        new("_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE", "GLIBCXX_3.4.30", "_ZNSt18condition_variable4waitERSt11unique_lockISt5mutexE", "GLIBCXX_3.4.11"),
    ];

    private static readonly Lock s_lock = new();
    private static TorchOptions? s_loaded;
    private static nint s_torch, s_bridge;

    /// <summary>Makes TorchSharp usable and returns the device to compute on.</summary>
    /// <exception cref="UserInputException">The libtorch folder or the device is not there.</exception>
    public static torch.Device Start(TorchOptions options)
    {
        lock (s_lock)
        {
            if (s_loaded is null) LoadLibraries(options);
            s_loaded ??= options;
        }
        if (options.Threads is { } threads) torch.set_num_threads(threads);
        if (options.Device == "cpu") return torch.CPU;
        if (!torch.cuda_is_available())
            throw new UserInputException($"--device {options.Device}: this libtorch sees no CUDA device; expected a GPU and a CUDA build of libtorch {torch.__version__}. Give its folder with --libtorch, or use --device cpu.");
        DeterministicSums.TryUse(s_torch);
        return new torch.Device(DeviceType.CUDA, GpuOf(options, torch.cuda.device_count()));
    }

    /// <summary>Which of a machine's GPUs is meant.</summary>
    internal static int GpuOf(TorchOptions options, int count)
    {
        var rest = options.Device.AsSpan();
        if (rest is "cuda")
        {
            if (options.LocalRank < count) return options.LocalRank;
            throw new UserInputException($"--device cuda: {count} GPUs for more workers on this machine; expected one for each. Lower train.workers to {count}, or let them share one with --device cuda:0.");
        }
        if (rest.StartsWith("cuda:") && int.TryParse(rest[5..], out var index) && index >= 0 && index < count) return index;
        throw new UserInputException($"--device {options.Device}: expected cpu, cuda or cuda:0 to cuda:{count - 1}, the GPUs of this machine.");
    }

    /// <summary>Versions of libstdc++ that the host offers, such as GLIBCXX_3.4.30; empty if it cannot be found.</summary>
    internal static IReadOnlySet<string> HostVersions()
    {
        var path = LibraryFolders().Select(folder => Path.Combine(folder, "libstdc++.so.6")).FirstOrDefault(File.Exists);
        return path is null ? new HashSet<string>() : VersionNames(File.ReadAllBytes(path));
    }

    /// <summary>
    /// Whether tensors of a megabyte and more go back to the system when they are freed, where the C library can (glibc). Kept for later, as it
    /// does with anything up to 32 MB, they leave gaps between those that live longer, a fifth to a third of what a training holds; fetched anew
    /// each time, their pages cost up to a quarter of the speed.
    /// </summary>
    public static unsafe void ReturnLargeBlocks(bool returns)
    {
        const int MmapThreshold = -3;
        var option = CLibrary("mallopt");
        if (option != 0) _ = ((delegate* unmanaged<int, int, int>)option)(MmapThreshold, returns ? 1 << 20 : 32 << 20);
    }

    /// <summary>Gives memory that was freed but kept for later back to the system, where the C library can (glibc).</summary>
    internal static unsafe void ReleaseFreed()
    {
        var trim = CLibrary("malloc_trim");
        if (trim != 0) _ = ((delegate* unmanaged<nuint, int>)trim)(0);
    }

    /// <summary>libtorch's own library for GPUs; 0 where there is none.</summary>
    internal static nint CudaLibrary { get; private set; }

    /// <summary>Address of a contiguous tensor's first element on its device, for libraries that compute there. Linux only.</summary>
    internal static unsafe nint Address(torch.Tensor tensor) => ((delegate* unmanaged<nint, nint>)NativeLibrary.GetExport(s_bridge, "THSTensor_data"))(tensor.Handle);

    /// <summary>Sets a variable that is not set yet, where the C library can: .NET keeps a copy of the environment, of which native code sees nothing.</summary>
    /// <param name="name">Ends with a zero.</param>
    /// <param name="value">Ends with a zero.</param>
    internal static unsafe bool TrySet(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var set = CLibrary("setenv");
        if (set == 0) return false;
        fixed (byte* key = name, text = value) _ = ((delegate* unmanaged<byte*, byte*, int, int>)set)(key, text, 0);
        return true;
    }

    /// <summary>Address of a function of glibc; 0 where there is none.</summary>
    private static nint CLibrary(string name) =>
        OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libc.so.6", out var library) && NativeLibrary.TryGetExport(library, name, out var address) ? address : 0;

    private static void LoadLibraries(TorchOptions options)
    {
        if (!OperatingSystem.IsLinux())
        {
            if (options.LibTorchFolder is { } windows) LoadAll(windows, ["c10.dll", "torch_cpu.dll", "torch_cuda.dll", "torch.dll"]);
            return;
        }
        // OpenMP threads that wait by spinning starve others, our kernels' threads first; sleeping at once costs small operations up to 40 %. A short spin loses
        // little either way.
        TrySet("GOMP_SPINCOUNT\0"u8, "20000\0"u8);
        var native = Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native");
        if (!Directory.Exists(native)) native = AppContext.BaseDirectory;
        var torchFolder = options.LibTorchFolder is { } given ? LibraryFolder(given) : Path.Combine(AppContext.BaseDirectory, "libtorch");
        LoadAll(torchFolder, ["libgomp-98b21ff3.so.1", "libgomp.so.1", "libc10.so", "libc10_cuda.so", "libtorch_cpu.so", "libtorch_cuda.so", "libtorch.so"]);
        s_bridge = NativeLibrary.Load(UsableBridge(Path.Combine(native, BridgeName), HostVersions(), CacheFolder()));
    }

    /// <summary>The bridge itself where the host can load it, else a patched copy in the cache.</summary>
    internal static string UsableBridge(string bridge, IReadOnlySet<string> hostVersions, string cacheFolder)
    {
        var image = File.ReadAllBytes(bridge);
        var patcher = new ElfPatcher(image, bridge);
        var missing = patcher.NeededVersions.Where(version => version.StartsWith("GLIBCXX_", StringComparison.Ordinal) && !hostVersions.Contains(version)).ToHashSet();
        if (missing.Count == 0 || hostVersions.Count == 0) return bridge;
        var name = Convert.ToHexStringLower(SHA256.HashData(image))[..16];
        foreach (var patch in s_patches.Where(patch => missing.Contains(patch.MissingVersion))) patcher.Apply(patch);
        var copy = Path.Combine(cacheFolder, $"{name}-{missing.Count}", BridgeName);
        if (File.Exists(copy) && new FileInfo(copy).Length == image.Length) return copy;
        Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
        Models.Checkpoints.AtomicFile.Write(copy, stream => stream.Write(image));
        return copy;
    }

    private static string LibraryFolder(string given)
    {
        foreach (var folder in new[] { given, Path.Combine(given, "lib") })
            if (File.Exists(Path.Combine(folder, "libtorch_cpu.so"))) return folder;
        throw new UserInputException($"--libtorch {given}: no libtorch_cpu.so in it or its lib folder; expected an unpacked libtorch. Check the path.");
    }

    private static void LoadAll(string folder, string[] names)
    {
        foreach (var path in names.Select(name => Path.Combine(folder, name)).Where(File.Exists))
        {
            var library = NativeLibrary.Load(path);
            if (Path.GetFileNameWithoutExtension(path).EndsWith("torch_cpu", StringComparison.Ordinal)) s_torch = library;
            if (Path.GetFileNameWithoutExtension(path).EndsWith("torch_cuda", StringComparison.Ordinal)) CudaLibrary = library;
        }
    }

    private static string CacheFolder() =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create) is { Length: > 0 } local ? local : Path.GetTempPath(), "geobuk", "native");

    private static IEnumerable<string> LibraryFolders() =>
        (Environment.GetEnvironmentVariable("LD_LIBRARY_PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Concat(["/usr/lib/x86_64-linux-gnu", "/lib/x86_64-linux-gnu", "/usr/lib64", "/lib64", "/usr/lib"]);

    private static HashSet<string> VersionNames(byte[] image)
    {
        var names = new HashSet<string>();
        ReadOnlySpan<byte> rest = image;
        var prefix = "GLIBCXX_"u8;
        for (var at = rest.IndexOf(prefix); at >= 0; at = rest.IndexOf(prefix))
        {
            rest = rest[at..];
            var end = rest.IndexOf((byte)0);
            if (end is > 0 and < 64) names.Add(System.Text.Encoding.ASCII.GetString(rest[..end]));
            rest = rest[prefix.Length..];
        }
        return names;
    }
}
