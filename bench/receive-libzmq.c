/* The limit for receiving: a PULL socket of libzmq in C that throws the messages away.
   receive-libzmq ENDPOINT WARM_MS WINDOW_MS prints: messages, CPU microseconds of all its threads, milliseconds. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <zmq.h>

static double now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static double cpu_us(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return 1e6 * (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* Receives until `until`; looks at the clock once per 32 messages. Returns the messages, or -1. */
static long take(void *socket, double until) {
  long count = 0;
  zmq_msg_t message;
  zmq_msg_init(&message);
  do {
    for (int i = 0; i < 32; i++) {
      if (zmq_msg_recv(&message, socket, 0) < 0) return -1;
      count++;
    }
  } while (now_ms() < until);
  zmq_msg_close(&message);
  return count;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  void *context = zmq_ctx_new();
  void *socket = zmq_socket(context, ZMQ_PULL);
  int high_water_mark = 4096;
  int patience_ms = 5000;
  int linger = 0;
  zmq_setsockopt(socket, ZMQ_RCVHWM, &high_water_mark, sizeof high_water_mark);
  zmq_setsockopt(socket, ZMQ_RCVTIMEO, &patience_ms, sizeof patience_ms);
  zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
  if (zmq_connect(socket, argv[1]) != 0 || take(socket, now_ms() + atof(argv[2])) < 0) {
    fprintf(stderr, "%s: %s\n", argv[1], zmq_strerror(zmq_errno()));
    return 1;
  }
  double began = now_ms();
  double before = cpu_us();
  long count = take(socket, began + atof(argv[3]));
  if (count < 0) return 1;
  printf("%ld %.0f %.3f\n", count, cpu_us() - before, now_ms() - began);
  zmq_close(socket);
  zmq_ctx_term(context);
  return 0;
}
