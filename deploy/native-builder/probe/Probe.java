/** Does in an image what the tests want to see. */
public final class Probe {
  private Probe() {}

  public static void main(String[] args) {
    System.out.println("hello from " + System.getProperty("java.vm.name"));
  }
}
