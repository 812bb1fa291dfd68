using System.Runtime.CompilerServices;
using Geobuk.Training.Native;

namespace Geobuk.Training.Tests;

/// <summary>libtorch is loaded before the first test, whichever that is.</summary>
internal static class TorchStart
{
#pragma warning disable CA2255 // There is no other place before all tests.
    [ModuleInitializer]
    internal static void Start() => TorchRuntime.Start(TorchOptions.FromEnvironment());
}
