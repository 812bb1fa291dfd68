using System.Runtime.InteropServices;
using Geobuk.Training.Native;

namespace Geobuk.Training.Tests.Native;

/// <summary>Alone, since one of them turns a switch of the whole process and back.</summary>
[Collection(AloneCollection.Name)]
public sealed class TorchRuntimeTests : IDisposable
{
    private readonly string _cache = Directory.CreateTempSubdirectory("geobuk-native-").FullName;

    private static string Bridge => new[] { Path.Combine(AppContext.BaseDirectory, "runtimes", "linux-x64", "native"), AppContext.BaseDirectory }
        .Select(folder => Path.Combine(folder, "libLibTorchSharp.so")).First(File.Exists);

    public void Dispose() => Directory.Delete(_cache, recursive: true);

    [SkippableFact]
    public void UsableBridge_OnNewHost_IsThePackagedFile()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "ELF is Linux's");
        var everything = new ElfPatcher(File.ReadAllBytes(Bridge), Bridge).NeededVersions.ToHashSet();
        Assert.Equal(Bridge, TorchRuntime.UsableBridge(Bridge, everything, _cache));
    }

    [SkippableTheory]
    [InlineData("GLIBCXX_3.4.32")]
    [InlineData("GLIBCXX_3.4.32", "GLIBCXX_3.4.30")]
    public void UsableBridge_OnOlderHost_IsACopyThatNeedsNothingNew(params string[] missing)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "ELF is Linux's");
        var before = File.ReadAllBytes(Bridge);
        var host = new ElfPatcher(File.ReadAllBytes(Bridge), Bridge).NeededVersions.Except(missing).ToHashSet();
        var copy = TorchRuntime.UsableBridge(Bridge, host, _cache);
        Assert.StartsWith(_cache, copy);
        Assert.Equal(before, File.ReadAllBytes(Bridge));
        // A second patch finds nothing left to move: no symbol asks for the missing versions any more.
        var patcher = new ElfPatcher(File.ReadAllBytes(copy), copy);
        foreach (var version in missing)
            Assert.False(patcher.Apply(new SymbolPatch("_ZSt21ios_base_library_initv", version, "x", "GLIBCXX_3.4")));
        var changed = before.Zip(File.ReadAllBytes(copy)).Count(pair => pair.First != pair.Second);
        Assert.InRange(changed, 1, 64);
    }

    [Fact]
    public void ElfPatcher_OtherFile_IsRefusedWithItsName() =>
        Assert.Contains("x.so: not a 64-bit", Assert.Throws<Models.UserInputException>(() => new ElfPatcher(new byte[100], "x.so")).Message);

    [SkippableFact]
    public void Start_UnknownDevice_SaysWhatToDo()
    {
        TorchRuntime.Start(new TorchOptions());
        Skip.If(TorchSharp.torch.cuda_is_available(), "this machine has a GPU");
        var fault = Assert.Throws<Models.UserInputException>(() => TorchRuntime.Start(new TorchOptions { Device = "cuda" }));
        Assert.Contains("--device cuda", fault.Message);
        Assert.Contains("--libtorch", fault.Message);
    }

    [Theory]
    [InlineData("cuda", 0, 1, 0)]
    [InlineData("cuda", 3, 4, 3)]
    [InlineData("cuda:1", 0, 2, 1)]
    [InlineData("cuda:0", 3, 1, 0)]
    public void GpuOf_GivenOneOrOneForEachWorker_IsIt(string device, int localRank, int count, int expected) =>
        Assert.Equal(expected, TorchRuntime.GpuOf(new TorchOptions { Device = device, LocalRank = localRank }, count));

    [Theory]
    [InlineData("cuda", 2, 2, "2 GPUs for more workers on this machine")]
    [InlineData("cuda:2", 0, 2, "expected cpu, cuda or cuda:0 to cuda:1")]
    [InlineData("cuda:", 0, 2, "--device cuda:: expected")]
    [InlineData("gpu", 0, 2, "--device gpu: expected")]
    public void GpuOf_OneThatIsNotThere_SaysWhatIs(string device, int localRank, int count, string expected) =>
        Assert.Contains(expected, Assert.Throws<Models.UserInputException>(() => TorchRuntime.GpuOf(new TorchOptions { Device = device, LocalRank = localRank }, count)).Message);

    [SkippableFact]
    public unsafe void Address_OnTheProcessor_IsWhereTheValuesLie()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "what asks for it is there on Linux only");
        TorchRuntime.Start(new TorchOptions());
        using var values = TorchSharp.torch.tensor(new float[] { 1, 2, 3, 4 });
        using var later = values.narrow(0, 2, 2);
        Assert.Equal(3, *(float*)TorchRuntime.Address(later));
    }

    [Fact]
    public void PackagedLibtorch_LiesWhereNothingLoadsItByItself()
    {
        // TorchSharp loads what it finds by name among the native libraries, and a second libtorch beside the one of --libtorch ends the process.
        var searched = ((string)AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES")!).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Append(AppContext.BaseDirectory);
        Assert.DoesNotContain(searched, folder => File.Exists(Path.Combine(folder, "libtorch_cpu.so")));
        Assert.True(File.Exists(Path.Combine(AppContext.BaseDirectory, "libtorch", "libtorch_cpu.so")) || !OperatingSystem.IsLinux());
    }

    [SkippableFact]
    public unsafe void DeterministicSums_OfThePackagedLibtorch_AreAskedFor()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "the switch has another name elsewhere");
        TorchRuntime.Start(new TorchOptions());
        var library = NativeLibrary.Load(Path.Combine(AppContext.BaseDirectory, "libtorch", "libtorch_cpu.so"));
        var context = ((delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "_ZN2at13globalContextEv"))();
        var asked = (delegate* unmanaged<nint, byte>)NativeLibrary.GetExport(library, "_ZNK2at7Context23deterministicAlgorithmsEv");
        var ask = (delegate* unmanaged<nint, byte, byte, void>)NativeLibrary.GetExport(library, "_ZN2at7Context26setDeterministicAlgorithmsEbb");
        // Where the tests compute on a GPU they were asked for before, and are again afterwards.
        var before = asked(context);
        ask(context, 0, 0);
        Assert.True(DeterministicSums.TryUse(library));
        Assert.Equal(1, asked(context));
        ask(context, before, 0);
        Assert.False(DeterministicSums.TryUse(0));
    }
}
